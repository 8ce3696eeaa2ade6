from collections.abc import Iterator
from pathlib import Path

import click

from api.app import create_app
from api.commands.contract_diff import (
    compare_files,
    find_last_release,
    print_json,
    print_lines,
    report_invalid_documents,
)
from api.commands.file_differences import list_differences
from api.contract.document import list_http_errors
from api.contract_changes.changelog import render_changelog
from api.contract_changes.documents import parse_document, read_document
from api.contract_changes.releases import add_release, read_releases
from api.core import secrets
from api.docs import codes

CONTRACT = Path("openapi/openapi.json")
RELEASES = Path("openapi/released")
CHANGELOG = Path("docs/api-changelog.md")
ERRORS = Path("docs/errors.md")

Document = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(name="openapi", invoke_without_command=True)
@click.option("--check", is_flag=True, help="Write nothing; fail if a file is out of date.")
@click.option("--stdout", is_flag=True, help="Print the contract instead of writing files.")
@click.option(
    "--root", type=click.Path(path_type=Path), default=".", help="The directory of the project."
)
@click.pass_context
def command(context: click.Context, root: Path, *, check: bool, stdout: bool) -> None:
    """Write the contract (OpenAPI 3.1), its changelog and the error codes to their files."""
    context.obj = root
    if context.invoked_subcommand:
        return
    contract = _render_contract()
    if stdout:
        click.echo(contract.decode(), nl=False)
        return
    for file, content in _list_files(root, contract):
        if check:
            _require_current(file, content)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def _require_current(file: Path, content: bytes) -> None:
    """Fail if a file is out of date, and show what differs."""
    committed = file.read_bytes() if file.exists() else None
    if committed == content:
        return
    for line in list_differences(committed, content) if committed is not None else ():
        click.echo(line)
    raise click.ClickException(f"{file} is out of date: run `rollbook openapi`")


@command.command
@click.argument("old", type=Document, required=False)
@click.argument("new", type=Document, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--quiet", is_flag=True, help="Print only the changes that fail.")
@click.pass_obj
def diff(root: Path, old: Path | None, new: Path | None, *, as_json: bool, quiet: bool) -> None:
    """List what has changed from the contract OLD to the contract NEW.

    Without NEW it is openapi/openapi.json, without OLD the last released version. The exit status
    is 1 if a change breaks clients, unless NEW has a higher major version (before 1.0.0, a higher
    minor version).
    """
    with report_invalid_documents():
        old = old or find_last_release(root / RELEASES)
        show = None if quiet else print_json if as_json else print_lines
        compare_files(old, new or root / CONTRACT, show=show)


@command.command
@click.pass_obj
def changelog(root: Path) -> None:
    """Print the changelog from the first released version to openapi/openapi.json."""
    with report_invalid_documents():
        released = read_releases(root / RELEASES)
        click.echo(render_changelog(released, read_document(root / CONTRACT)), nl=False)


@command.command
@click.pass_obj
def release(root: Path) -> None:
    """Keep openapi/openapi.json as the contract of this version in openapi/released."""
    with report_invalid_documents():
        document = read_document(root / CONTRACT)
        file = add_release(root / RELEASES, document, (root / CONTRACT).read_bytes())
    click.echo(f"{file} is the contract of version {document.version}")


def _list_files(root: Path, contract: bytes) -> Iterator[tuple[Path, bytes]]:
    with report_invalid_documents():
        changes = render_changelog(read_releases(root / RELEASES), parse_document(contract))
    yield root / CONTRACT, contract
    yield root / CHANGELOG, changes.encode()
    yield root / ERRORS, codes.render_markdown(list_http_errors()).encode()


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
