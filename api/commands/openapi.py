from pathlib import Path

import click
import orjson

from api.app import create_app
from api.core import secrets

CONTRACT = Path("openapi/openapi.json")


@click.command(name="openapi")
@click.option("--check", is_flag=True, help="Write nothing; fail where the file differs.")
@click.option("--stdout", is_flag=True, help="Print it instead of writing the file.")
@click.option("--file", type=click.Path(path_type=Path), default=CONTRACT, show_default=True)
def command(file: Path, *, check: bool, stdout: bool) -> None:
    """Write the contract (OpenAPI 3.1) to its file."""
    contract = _contract()
    if stdout:
        click.echo(contract.decode(), nl=False)
    elif not check:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(contract)
    elif not file.exists() or file.read_bytes() != contract:
        raise click.ClickException(f"{file} is out of date: run `rollbook openapi`")


def _contract() -> bytes:
    """Ask an application with default settings for it, which reaches no database."""
    application = create_app(
        {
            "environment": "development",
            "docs_enabled": True,
            "database_url": "sqlite:///:memory:",
            "jwt_secret_key": secrets.token(),
            "password_min_length": 12,
            "log_level": "ERROR",
        }
    )
    served = application.test_client().get("/openapi.json").data
    readable = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(orjson.loads(served), option=readable)
