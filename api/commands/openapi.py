from pathlib import Path

import click

from api.app import create_app
from api.core import secrets
from api.core.errors import catalogue
from api.docs import codes

CONTRACT = Path("openapi/openapi.json")
ERRORS = Path("docs/errors.md")


@click.command(name="openapi")
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is out of date.")
@click.option("--stdout", is_flag=True, help="Print the contract instead of writing files.")
@click.option(
    "--root", type=click.Path(path_type=Path), default=".", help="The directory of the project."
)
def command(root: Path, *, check: bool, stdout: bool) -> None:
    """Write the contract (OpenAPI 3.1) and the list of error codes to their files."""
    contract = _render_contract()
    if stdout:
        click.echo(contract.decode(), nl=False)
        return
    errors = codes.render_markdown(catalogue()).encode()
    for file, content in ((root / CONTRACT, contract), (root / ERRORS, errors)):
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        elif not file.exists() or file.read_bytes() != content:
            raise click.ClickException(f"{file} is out of date: run `rollbook openapi`")


def _render_contract() -> bytes:
    """Return the contract of an application with default settings."""
    application = create_app(
        {
            "environment": "development",
            "docs_enabled": True,
            "database_url": "sqlite:///:memory:",
            "encryption_key": secrets.token(),
            "password_min_length": 12,
            "log_level": "ERROR",
        }
    )
    contract: bytes = application.test_client().get("/openapi.json").data
    return contract
