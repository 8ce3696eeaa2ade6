import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.config import ConfigError
from api.core.database import in_transaction
from api.core.runtime import current_settings
from api.keys import service
from api.keys.models import SigningKey
from api.keys.pairs import PrivateKeyCipher


@click.group(name="keys", context_settings=IN_APPLICATION)
def command() -> None:
    """Manage the keys that sign access tokens."""


@command.command(name="list")
@with_appcontext
def list_keys() -> None:
    """List all keys, the oldest first."""
    for key in service.list_keys():
        click.echo(_format_line(key))


@command.command
@click.option("--now", is_flag=True, help="Do not wait until all verifiers know the next key.")
@with_appcontext
def rotate(*, now: bool) -> None:
    """Activate the next key. Tokens of the present key stay valid until they expire."""
    cipher = _make_cipher()
    in_transaction(lambda: service.publish_next_key(cipher))
    click.echo(in_transaction(lambda: service.rotate(cipher, at_once=now)))


@command.command(context_settings={"ignore_unknown_options": True})  # old ids can begin with -
@click.argument("kid")
@with_appcontext
def retire(kid: str) -> None:
    """Revoke a key that may be compromised. Its tokens are no longer valid."""
    cipher = _make_cipher()
    in_transaction(lambda: service.revoke(kid, cipher))


def _make_cipher() -> PrivateKeyCipher:
    secret = current_settings().encryption_key
    if secret is None:
        raise ConfigError("ENCRYPTION_KEY: required, since signing keys are encrypted with it")
    return PrivateKeyCipher(secret)


def _format_line(key: SigningKey) -> str:
    since = key.retired_at or key.activated_at or key.created_at
    algorithm = key.public_key["alg"]
    return f"{key.kid}  {key.state:<7}  {since:%Y-%m-%dT%H:%M:%SZ}  {algorithm}"
