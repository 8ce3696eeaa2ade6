"""Checks the signing keys in the database, as the service reads them."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from api.config import Settings
from api.doctor.problems import Problem
from api.keys.models import SigningKey, State
from api.keys.pairs import PrivateKeyCipher, WrongEncryptionKey

LOCKED = Problem(
    "ENCRYPTION_KEY",
    "the active signing key is encrypted with another one, so no user can log in",
    "set the former one, or if it is lost run `rollbook keys rotate --now`",
    prevents_start=True,
    can_wait=True,
    event="keys.locked",
)


def check_keys(connection: Connection, settings: Settings) -> Iterator[Problem]:
    """Report that the service cannot sign, and a next key of another algorithm."""
    if settings.encryption_key is None:
        return
    columns = (SigningKey.state, SigningKey.kid, SigningKey.private_key, SigningKey.public_key)
    rows = connection.execute(select(*columns).where(SigningKey.state != State.RETIRED))
    keys = {row.state: row for row in rows}
    if active := keys.get(State.ACTIVE):
        try:
            PrivateKeyCipher(settings.encryption_key).decrypt(active.private_key, active.kid)
        except WrongEncryptionKey:
            yield LOCKED
    if following := keys.get(State.NEXT):
        yield from _check_algorithm(following.public_key["alg"], settings.signing_algorithm)


def _check_algorithm(found: str, setting: str) -> Iterator[Problem]:
    if found != setting:
        yield Problem(
            "SIGNING_ALGORITHM",
            f"the next signing key is for {found} and the setting is {setting}",
            "use one setting everywhere; it takes effect after two rotations at most",
            is_hint=True,
            event="keys.other_algorithm",
        )
