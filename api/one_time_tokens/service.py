"""Creating, reading, using and purging one-time tokens.

A token is 256 random bits. The database has only its digest (SHA-256, which suffices for random
values). Using a token deletes its row, so of several requests with it one succeeds.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select

from api.core import clock, identifiers, secrets
from api.core.database import db, delete_rows
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.one_time_tokens.models import OneTimeToken, TokenPurpose

PURGE_BATCH_ROWS = 1000


def create(
    purpose: TokenPurpose,
    *,
    lifetime: timedelta,
    user_id: UUID | None = None,
    target_id: UUID | None = None,
    email: str | None = None,
) -> str:
    """Return a new token, stored in the current transaction."""
    token = secrets.token()
    db.session.add(
        OneTimeToken(
            digest=compute_digest(token),
            purpose=purpose,
            user_id=user_id,
            target_id=target_id,
            email=email,
            expires_at=clock.now() + lifetime,
        )
    )
    return token


def use(token: str, purpose: TokenPurpose) -> OneTimeToken:
    """Delete a token in the current transaction, and return what it was for.

    The caller still has to check that what it is about has not changed meanwhile, such as the
    e-mail address of the account.

    Raises:
        InvalidOneTimeToken: it is unknown, expired, used, replaced, or has another purpose.
    """
    deleted = delete(OneTimeToken).where(_is_valid(token, purpose)).returning(OneTimeToken)
    options = {"synchronize_session": False}
    used = db.session.scalars(deleted, execution_options=options).one_or_none()
    if used is None:
        raise InvalidOneTimeToken
    return used


def read(token: str, purpose: TokenPurpose) -> OneTimeToken:
    """Return what a token is for without using it, for the page that a mailed link opens.

    Raises:
        InvalidOneTimeToken: as ``use``.
    """
    valid = select(OneTimeToken).where(_is_valid(token, purpose))
    found = db.session.scalars(valid).one_or_none()
    if found is None:
        raise InvalidOneTimeToken
    return found


def find_created_at(user_id: UUID, purpose: TokenPurpose, *, email: str) -> datetime | None:
    """Return when the first valid token about this address, in any spelling, was created."""
    valid = select(OneTimeToken.email, OneTimeToken.created_at).where(
        OneTimeToken.user_id == user_id,
        OneTimeToken.purpose == purpose,
        OneTimeToken.email.is_not(None),
        OneTimeToken.expires_at > clock.now(),
    )
    key, rows = identifiers.email_key(email), db.session.execute(valid)
    return min((at for each, at in rows if identifiers.email_key(each or "") == key), default=None)


def revoke(
    user_id: UUID,
    *purposes: TokenPurpose,
    email: str | None = None,
    created_after: datetime | None = None,
) -> None:
    """Delete the tokens of a user with these purposes, or all if none is given.

    With ``email``, only those about this address; with ``created_after``, only later ones.
    """
    statement = delete(OneTimeToken).where(OneTimeToken.user_id == user_id)
    if purposes:
        statement = statement.where(OneTimeToken.purpose.in_(purposes))
    if email is not None:
        statement = statement.where(OneTimeToken.email == email)
    if created_after is not None:
        statement = statement.where(OneTimeToken.created_at > created_after)
    db.session.execute(statement, execution_options={"synchronize_session": False})


def revoke_target(target_id: UUID, purpose: TokenPurpose) -> None:
    """Delete the tokens with this purpose for a target, such as an invitation."""
    statement = delete(OneTimeToken).where(
        OneTimeToken.target_id == target_id, OneTimeToken.purpose == purpose
    )
    db.session.execute(statement, execution_options={"synchronize_session": False})


def purge() -> int:
    """Delete a batch of expired tokens, and return how many."""
    has_expired = OneTimeToken.expires_at < clock.now()
    return delete_rows(OneTimeToken.digest, has_expired, max_rows=PURGE_BATCH_ROWS)


def compute_digest(token: str) -> str:
    """Return what the database stores of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _is_valid(token: str, purpose: TokenPurpose) -> ColumnElement[bool]:
    """Return the condition that a row is this token, and that it has not expired."""
    return and_(
        OneTimeToken.digest == compute_digest(token),
        OneTimeToken.purpose == purpose,
        OneTimeToken.expires_at > clock.now(),
    )
