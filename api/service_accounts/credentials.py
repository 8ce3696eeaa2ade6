"""Client credentials: creating, listing and deleting them.

Of a secret only the digest is stored. Deleting a credential ends the access tokens that were issued
for it, because each of them names its credential.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select

from api.core import clock, program_secrets
from api.core.database import db
from api.core.errors import InvalidRequest, ValidationError
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.reads import Query
from api.core.step_up import require_step_up
from api.core.validation_rules import ValidationRule
from api.service_accounts import public_keys
from api.service_accounts.accounts import lock_manageable_account
from api.service_accounts.credential_schemas import (
    MAX_CREDENTIALS,
    ClientCredentialCreation,
    PreparedCredential,
    read_expiry,
)
from api.service_accounts.errors import ClientCredentialNotFound, TooManyClientCredentials
from api.service_accounts.models import ClientCredential, CredentialKind
from api.service_accounts.search import get_account


class PublicKey(NamedTuple):
    """The members of a public key. Which of them it has depends on its type."""

    kty: str
    crv: str | None = None
    x: str | None = None
    y: str | None = None
    n: str | None = None
    e: str | None = None
    kid: str | None = None
    alg: str | None = None
    use: str | None = None


class CredentialRow(NamedTuple):
    """A client credential as clients see it. ``client_secret`` is None unless it is new."""

    id: UUID
    client_id: UUID
    kind: str
    name: str
    last4: str | None
    jwk: dict[str, str] | None
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    client_secret: str | None = None

    @property
    def public_key(self) -> PublicKey | None:
        return PublicKey(**self.jwk) if self.jwk else None


@dataclass(frozen=True)
class CredentialList:
    items: list[CredentialRow]


COLUMNS = (
    ClientCredential.id,
    ClientCredential.service_account_id,
    ClientCredential.kind,
    ClientCredential.name,
    ClientCredential.last4,
    ClientCredential.public_key,
    ClientCredential.created_by,
    ClientCredential.created_at,
    ClientCredential.expires_at,
    ClientCredential.last_used_at,
)
credentials_of_account = Query(
    select(*COLUMNS)
    .where(ClientCredential.service_account_id == bindparam("id"))
    .order_by(ClientCredential.created_at, ClientCredential.id),
    CredentialRow,
)


credential_by_id = Query(
    select(*COLUMNS).where(
        ClientCredential.id == bindparam("id"),
        ClientCredential.service_account_id == bindparam("account_id"),
    ),
    CredentialRow,
)


def list_credentials(account_id: UUID) -> CredentialList:
    """Return the client credentials of a service account, the oldest first.

    Raises:
        ServiceAccountNotFound
    """
    get_account(account_id)
    return CredentialList(credentials_of_account.all(id=account_id))


def get_credential(account_id: UUID, credential_id: UUID) -> CredentialRow:
    """Return a client credential of a service account.

    Raises:
        ServiceAccountNotFound
        ClientCredentialNotFound: the account has no such credential.
    """
    get_account(account_id)
    found = credential_by_id.first(account_id=account_id, id=credential_id)
    if found is None:
        raise ClientCredentialNotFound
    return found


def prepare(given: ClientCredentialCreation) -> PreparedCredential:
    """Check a new credential. This can take long for a public key, so call it first.

    Raises:
        InvalidRequest: the public key is missing or not accepted, or the expiry is in the past.
    """
    key = given.get("public_key")
    pointer = "/public_key"
    if given["kind"] == CredentialKind.PUBLIC_KEY and key is None:
        message = "is required for the kind public_key"
        raise InvalidRequest([ValidationError(pointer, ValidationRule.REQUIRED, message)])
    if given["kind"] == CredentialKind.CLIENT_SECRET and key is not None:
        message = "is only for the kind public_key"
        raise InvalidRequest([ValidationError(pointer, ValidationRule.PUBLIC_KEY, message)])
    expires_at = read_expiry(given)
    if expires_at is not None and expires_at <= clock.now():
        error = ValidationError("/expires_at", ValidationRule.PAST, "must be in the future")
        raise InvalidRequest([error])
    return PreparedCredential(
        kind=given["kind"],
        name=given["name"],
        public_key=None if key is None else public_keys.check(key),
        expires_at=expires_at,
    )


def create(account_id: UUID, given: PreparedCredential, *, by: Principal) -> CredentialRow:
    """Create a client credential from what ``prepare`` returned. Only the result has its secret.

    Raises:
        StepUpRequired: the password of the caller was verified too long ago.
        Unauthenticated: the session has ended meanwhile.
        SessionRequired: the caller is a program.
        PermissionDenied: the caller lacks a permission of the account.
        ServiceAccountNotFound, TooManyClientCredentials
    """
    require_step_up(by)
    account = lock_manageable_account(account_id, by=by)
    by.require_still_valid()  # the session can have ended while this waited for the lock
    _require_room(account_id)
    credential = ClientCredential(service_account_id=account.id, **given)
    credential.created_by = by.recorded_id
    secret = None
    if given["kind"] == CredentialKind.CLIENT_SECRET:
        secret = program_secrets.make_secret("rb_client_")
        credential.digest = program_secrets.make_digest(secret)
        credential.last4 = secret[-program_secrets.SHOWN_LENGTH :]
    db.session.add(credential)
    db.session.flush()
    emit(Event.CLIENT_CREDENTIAL_CREATED, subject=account_id, by=by, **_describe(credential))
    return _make_row(credential)._replace(client_secret=secret)


def delete(account_id: UUID, credential_id: UUID, *, by: Principal) -> None:
    """Delete a client credential. The access tokens that were issued for it are void.

    Raises:
        SessionRequired, PermissionDenied, ServiceAccountNotFound: as ``lock_manageable_account``.
        ClientCredentialNotFound: the account has no such credential.
    """
    lock_manageable_account(account_id, by=by)
    credential = db.session.get(ClientCredential, credential_id)
    if credential is None or credential.service_account_id != account_id:
        raise ClientCredentialNotFound
    db.session.delete(credential)
    emit(Event.CLIENT_CREDENTIAL_DELETED, subject=account_id, by=by, **_describe(credential))


def _require_room(account_id: UUID) -> None:
    """Check that a locked account can have one more credential. Expired ones count as well."""
    counted = select(func.count()).select_from(ClientCredential)
    counted = counted.where(ClientCredential.service_account_id == account_id)
    if db.session.scalars(counted).one() >= MAX_CREDENTIALS:
        raise TooManyClientCredentials


def _describe(credential: ClientCredential) -> dict[str, str]:
    """Return the details of an event about a credential."""
    last4 = {"last4": credential.last4} if credential.last4 else {}
    return {"client_credential": str(credential.id), "kind": credential.kind, **last4}


def _make_row(credential: ClientCredential) -> CredentialRow:
    return CredentialRow(*(getattr(credential, column.key) for column in COLUMNS))
