import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.commands.output import add_list_options, print_list, select_members
from api.config import ConfigError
from api.core.database import in_transaction
from api.core.runtime import current_settings
from api.keys import service
from api.keys.models import SigningKey
from api.keys.pairs import PrivateKeyCipher

COLUMNS = ("kid", "state", "algorithm", "created_at", "activated_at", "retired_at", "expires_at")

OTHER_ALGORITHM = (
    "It signs with {}. The next key is for SIGNING_ALGORITHM: rotate once more, in 10 minutes."
)


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
    key = in_transaction(lambda: _rotate(cipher, at_once=now))
    click.echo(key.kid)
    click.echo(f"Rotated the keys: {key.kid} signs now.", err=True)
    if key.algorithm != current_settings().signing_algorithm:
        click.echo(OTHER_ALGORITHM.format(key.algorithm), err=True)


@command.command(context_settings={"ignore_unknown_options": True})  # old ids can begin with -
@click.argument("kid")
@with_appcontext
def retire(kid: str) -> None:
    """Revoke a key that may be compromised. Its tokens are no longer valid."""
    cipher = _make_cipher()
    in_transaction(lambda: service.revoke(kid, cipher))
    click.echo(f"Revoked the key {kid}: its tokens are no longer valid.")


def _rotate(cipher: PrivateKeyCipher, *, at_once: bool) -> SigningKey:
    """Rotate the keys; at once also to SIGNING_ALGORITHM."""
    if at_once:
        service.publish_next_key(cipher, at_once=True)
    kid = service.rotate(cipher, at_once=at_once)
    return next(key for key in service.list_keys() if key.kid == kid)


def _make_cipher() -> PrivateKeyCipher:
    secret = current_settings().encryption_key
    if secret is None:
        raise ConfigError("ENCRYPTION_KEY: required, since signing keys are encrypted with it")
    return PrivateKeyCipher(secret)
