"""Client credentials of service accounts, for operators, with the rules of the API."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask.cli import with_appcontext

from api.commands.lookups import find_service_account
from api.commands.output import add_list_options, print_list
from api.core import json_reader
from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.service_accounts import credential_schemas, credentials, public_keys
from api.service_accounts.credential_schemas import ClientCredentialCreation
from api.service_accounts.models import CredentialKind
from api.web.schemas import Input, renderer

COLUMNS = ("id", "kind", "name", "last4", "created_at", "expires_at", "last_used_at")
PEM = b"-----BEGIN"

render_credential = renderer(credential_schemas.client_credential)


@click.group(name="credentials")
def command() -> None:
    """Manage the secrets and public keys with which a program gets access tokens."""


@command.command
@click.argument("account")
@click.argument("name")
@click.option(
    "--public-key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with a public key, as a JWK or in PEM. No secret is made then.",
)
@click.option("--expires-at", help="A timestamp, such as 2027-01-31T00:00:00Z.")
@with_appcontext
def create(account: str, name: str, key_file: Path | None, expires_at: str | None) -> None:
    """Create a client secret and print it, this once; or store a public key and print its id.

    NAME is for you, to recognise the credential.
    """
    given: dict[str, Any] = {"kind": CredentialKind.CLIENT_SECRET.value, "name": name}
    if key_file is not None:
        key = _read_public_key(key_file.read_bytes())
        given |= {"kind": CredentialKind.PUBLIC_KEY.value, "public_key": key}
    if expires_at is not None:
        given["expires_at"] = expires_at
    Input(credential_schemas.client_credential_creation).check(given)
    creation = ClientCredentialCreation(**given)  # type: ignore[typeddict-item]
    prepared = credentials.prepare(creation)
    found = find_service_account(account)
    created = in_transaction(lambda: credentials.create(found.id, prepared, by=OPERATOR))
    click.echo(created.client_secret or created.id)
    kind = given["kind"].replace("_", " ")
    click.echo(f"Created the {kind} {created.id} of {found.name}.", err=True)


@command.command(name="list")
@click.argument("account")
@add_list_options
@with_appcontext
def list_credentials(account: str, *, limit: int, as_json: bool) -> None:
    """List the credentials of a service account, the oldest first. No secret is shown."""
    found = credentials.list_credentials(find_service_account(account).id).items
    print_list(found, COLUMNS, render=render_credential, limit=limit, as_json=as_json)


@command.command
@click.argument("account")
@click.argument("credential", type=click.UUID)
@with_appcontext
def delete(account: str, credential: UUID) -> None:
    """Delete a credential. Access tokens that were issued for it are void."""
    found = find_service_account(account)
    in_transaction(lambda: credentials.delete(found.id, credential, by=OPERATOR))
    click.echo(f"Deleted the credential {credential} of {found.name}.")


def _read_public_key(content: bytes) -> object:
    """Return the content of a file with a public key as a JWK, which is not checked yet."""
    try:
        if content.lstrip().startswith(PEM):
            return public_keys.read_pem(content)
        return json_reader.read(content.decode())
    except ValueError:
        raise click.UsageError("the file has no public key, as a JWK or in PEM") from None
