"""Authenticating a client: a service account, by a client secret or by a client assertion."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import undefer

from api.core import clock
from api.core.database import db
from api.core.events import Event, emit
from api.core.principal import ClientTokenCredential
from api.core.program_secrets import is_well_formed, make_digest
from api.core.runtime import current_settings
from api.oauth import assertions
from api.oauth.assertions import InvalidAssertionError
from api.oauth.errors import InvalidClient
from api.service_accounts.models import ClientCredential, CredentialKind, ServiceAccount, Status
from api.service_accounts.principal import ServiceAccountPrincipal

TOKEN_PATH = "/oauth/token"  # noqa: S105  a path
INTROSPECTION_PATH, REVOCATION_PATH = "/oauth/introspect", "/oauth/revoke"
LAST_USE_INTERVAL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A client id and its secret: ``client_secret_basic`` or ``client_secret_post``."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """A JWT that the client has signed (``private_key_jwt``), and perhaps the client id."""

    client_id: str | None
    assertion: str = field(repr=False)


PresentedClient = ClientSecret | ClientAssertion


class AuthenticatedClient(NamedTuple):
    """A service account, and the credential with which it authenticated."""

    account: ServiceAccount
    credential: ClientCredential

    @property
    def principal(self) -> ServiceAccountPrincipal:
        return ServiceAccountPrincipal(
            id=self.account.id,
            name=self.account.name,
            permissions=self.account.permissions,
            credential=ClientTokenCredential(self.credential.id),
            organization_id=self.account.organization_id,
        )


class Rejection(StrEnum):
    """Why a client was rejected. The audit log has it, the client does not."""

    CREDENTIAL = "credential"  # it does not exist, or belongs to another client
    EXPIRED = "expired"
    REPLAYED = "replayed"
    SUSPENDED = "suspended"


class _RejectedError(Exception):
    def __init__(self, reason: Rejection, client_id: str | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.client_id = client_id


def _do_nothing() -> None:
    pass


def authenticate_client(
    client: PresentedClient, *, before_recording: Callable[[], None] = _do_nothing
) -> AuthenticatedClient:
    """Return the service account that presents this secret or assertion.

    ``before_recording`` is called before a failure is recorded, and may limit how many are.

    Raises:
        InvalidClient: the secret or the assertion is not valid, or the account is suspended.
    """
    try:
        found = (
            _check_secret(client) if isinstance(client, ClientSecret) else _check_assertion(client)
        )
    except _RejectedError as rejected:
        before_recording()
        _record_failure(client, rejected)
        raise InvalidClient from None
    _record_use(found.credential)
    return found


def _check_secret(client: ClientSecret) -> AuthenticatedClient:
    if not is_well_formed(client.secret, "rb_client_"):
        raise _RejectedError(Rejection.CREDENTIAL, client.client_id)
    digest = make_digest(client.secret)
    row = db.session.execute(_select_clients().where(ClientCredential.digest == digest)).first()
    found = AuthenticatedClient(row[0], row[1]) if row else None
    if found is None or str(found.account.id) != client.client_id:
        raise _RejectedError(Rejection.CREDENTIAL, client.client_id)
    _require_usable(found)
    return found


def _check_assertion(client: ClientAssertion) -> AuthenticatedClient:
    client_id = assertions.read_client_id(client.assertion)
    if client_id is None or client.client_id not in {None, client_id}:
        raise _RejectedError(Rejection.CREDENTIAL, client.client_id)
    found, assertion = _find_signing_client(client.assertion, client_id)
    _require_usable(found)
    if not assertion.use():
        raise _RejectedError(Rejection.REPLAYED, client_id)
    return found


def _find_signing_client(
    text: str, client_id: str
) -> tuple[AuthenticatedClient, assertions.Assertion]:
    """Return the client whose key verifies the assertion, and the assertion."""
    account_id = _parse_id(client_id)
    keys = _select_clients().where(
        ServiceAccount.id == account_id, ClientCredential.kind == CredentialKind.PUBLIC_KEY
    )
    rows = db.session.execute(keys.order_by(ClientCredential.id.desc()))
    for account, credential in rows:
        with suppress(InvalidAssertionError):
            assertion = assertions.verify(
                text,
                credential.public_key or {},
                client_id=client_id,
                audiences=_list_audiences(),
            )
            return AuthenticatedClient(account, credential), assertion
    raise _RejectedError(Rejection.CREDENTIAL, client_id)


def _list_audiences() -> set[str]:
    """Return what names this server in an assertion: the issuer, and the endpoints.

    Libraries name the issuer, the token endpoint, or the endpoint that they call.
    """
    settings = current_settings()
    paths = (TOKEN_PATH, INTROSPECTION_PATH, REVOCATION_PATH)
    return {settings.jwt_issuer, *(f"{settings.public_base_url}{path}" for path in paths)}


def _require_usable(client: AuthenticatedClient) -> None:
    account, credential = client
    if credential.expires_at is not None and credential.expires_at <= clock.now():
        raise _RejectedError(Rejection.EXPIRED, str(account.id))
    if account.status != Status.ACTIVE:
        raise _RejectedError(Rejection.SUSPENDED, str(account.id))


def _record_failure(client: PresentedClient, rejected: _RejectedError) -> None:
    account_id = _parse_id(rejected.client_id)
    known = db.session.get(ServiceAccount, account_id) if account_id else None
    kind = (
        CredentialKind.CLIENT_SECRET
        if isinstance(client, ClientSecret)
        else CredentialKind.PUBLIC_KEY
    )
    emit(
        Event.CLIENT_AUTHENTICATION_FAILED,
        subject=known.id if known else None,
        by=None,
        kind=kind,
        reason=rejected.reason,
    )


def _record_use(credential: ClientCredential) -> None:
    """Record when the credential was last used, at most once a minute.

    A credential that is deleted at the same time is skipped, and so is one that another request
    updates: neither makes this request fail or wait.
    """
    now = clock.now()
    since = now - LAST_USE_INTERVAL
    if credential.last_used_at is not None and credential.last_used_at > since:
        return
    last_used_at = ClientCredential.last_used_at
    due = select(ClientCredential.id).where(
        ClientCredential.id == credential.id, or_(last_used_at.is_(None), last_used_at <= since)
    )
    is_due = ClientCredential.id.in_(due.with_for_update(skip_locked=True))
    recorded = update(ClientCredential).where(is_due).values(last_used_at=now)
    db.session.execute(recorded, execution_options={"synchronize_session": False})


def _select_clients() -> Select[ServiceAccount, ClientCredential]:
    account = ServiceAccount.id == ClientCredential.service_account_id
    return (
        select(ServiceAccount, ClientCredential)
        .join(ClientCredential, account)
        .options(undefer(ServiceAccount.role_assignments))
    )


def _parse_id(text: str | None) -> UUID | None:
    """Return the id in its one canonical form, or None."""
    try:
        parsed = UUID(text)
    except (ValueError, TypeError, AttributeError):
        return None
    return parsed if str(parsed) == text else None
