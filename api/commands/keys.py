import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.commands.output import add_list_options, print_list, select_members
from api.config import ConfigError
from api.core.database import in_transaction
from api.core.runtime import current_settings
from api.keys import service
from api.keys.pairs import PrivateKeyCipher

COLUMNS = ("kid", "state", "algorithm", "created_at", "activated_at", "retired_at", "expires_at")


@click.group(name="keys", context_settings=IN_APPLICATION)
def command() -> None:
    """Manage the keys that sign access tokens."""


@command.command(name="list")
@add_list_options
@with_appcontext
def list_keys(*, limit: int, as_json: bool) -> None:
    """List all keys, the oldest first."""
    render = select_members(*COLUMNS)
    print_list(service.list_keys(), COLUMNS, render=render, limit=limit, as_json=as_json)


@command.command
@click.option("--now", is_flag=True, help="Do not wait until all verifiers know the next key.")
@with_appcontext
def rotate(*, now: bool) -> None:
    """Activate the next key, and print its id. Tokens of the present key stay valid."""
    cipher = _make_cipher()
    in_transaction(lambda: service.publish_next_key(cipher))
    kid = in_transaction(lambda: service.rotate(cipher, at_once=now))
    click.echo(kid)
    click.echo(f"Rotated the keys: {kid} signs now.", err=True)


@command.command(context_settings={"ignore_unknown_options": True})  # old ids can begin with -
@click.argument("kid")
@with_appcontext
def retire(kid: str) -> None:
    """Revoke a key that may be compromised. Its tokens are no longer valid."""
    cipher = _make_cipher()
    in_transaction(lambda: service.revoke(kid, cipher))
    click.echo(f"Revoked the key {kid}: its tokens are no longer valid.")


def _make_cipher() -> PrivateKeyCipher:
    secret = current_settings().encryption_key
    if secret is None:
        raise ConfigError("ENCRYPTION_KEY: required, since signing keys are encrypted with it")
    return PrivateKeyCipher(secret)
