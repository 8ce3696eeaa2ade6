"""Access tokens of service accounts: which are valid now, revoking them, and purging."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, exists, or_, select, text

from api.core import clock
from api.core.database import UTC_DATETIME, db, delete_rows
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import ClientTokenCredential, Principal
from api.core.reads import Query
from api.oauth.models import RevokedToken, UsedAssertion
from api.roles.assignments import parse_service_assignments
from api.roles.models import select_service_role_assignments
from api.service_accounts.models import ClientCredential, ServiceAccount, Status
from api.service_accounts.principal import ServiceAccountPrincipal
from api.tokens.claims import LEEWAY_SECONDS, ClientClaims

PURGE_BATCH_ROWS = 1000


# One statement, so that only one of several simultaneous requests records the event.
revoke_statement = text("""
    INSERT INTO revoked_tokens (id, expires_at) VALUES (:id, :expires_at)
    ON CONFLICT (id) DO NOTHING RETURNING expires_at
""").bindparams(
    bindparam("id", type_=RevokedToken.id.type), bindparam("expires_at", type_=UTC_DATETIME)
)


class TokenAccount(NamedTuple):
    """The service account of a valid token, with its current roles and permissions."""

    id: UUID
    organization_id: UUID | None
    name: str
    roles: tuple[str, ...]
    permissions: frozenset[Permission]


def _make_account(
    account_id: UUID, organization_id: UUID | None, name: str, assigned: str | None
) -> TokenAccount:
    return TokenAccount(account_id, organization_id, name, *parse_service_assignments(assigned))


ACCOUNT_COLUMNS: list[Any] = [
    ServiceAccount.id,
    ServiceAccount.organization_id,
    ServiceAccount.name,
    select_service_role_assignments(ServiceAccount.id),
]

# The account, the credential, the revocation and the permissions are read together, so that a
# suspension, a deleted credential or a withdrawn role has effect at the next request, on every
# worker.
active_account = Query(
    select(*ACCOUNT_COLUMNS)
    .join(ClientCredential, ClientCredential.service_account_id == ServiceAccount.id)
    .where(
        ServiceAccount.id == bindparam("account"),
        ServiceAccount.status == Status.ACTIVE,
        ClientCredential.id == bindparam("credential"),
        or_(
            ClientCredential.expires_at.is_(None),
            ClientCredential.expires_at > bindparam("now", type_=ClientCredential.expires_at.type),
        ),
        ~exists().where(RevokedToken.id == bindparam("token")),
    ),
    _make_account,
)


def find_principal(claims: ClientClaims) -> tuple[Principal, TokenAccount] | None:
    """Return the principal of a token that is valid now, and its account.

    It has the permissions that the account has now and that the token has been issued for.
    """
    account = active_account.first(
        account=claims.subject,
        credential=claims.credential,
        token=claims.token_id,
        now=clock.now(),
    )
    if account is None:
        return None
    principal = ServiceAccountPrincipal(
        id=account.id,
        name=account.name,
        permissions=account.permissions & claims.scopes,
        credential=ClientTokenCredential(claims.credential),
        organization_id=account.organization_id,
    )
    return principal, account


def revoke(claims: ClientClaims, *, by: Principal) -> None:
    """Revoke a token; one that is revoked already is ignored."""
    expires_at = datetime.fromtimestamp(claims.expires + LEEWAY_SECONDS, UTC)
    revoked = {"id": claims.token_id, "expires_at": expires_at}
    if db.session.scalar(revoke_statement, revoked) is None:
        return
    emit(
        Event.TOKEN_REVOKED,
        subject=claims.subject,
        by=by,
        token=str(claims.token_id),
        client_credential=str(claims.credential),
    )


def purge() -> int:
    """Delete a batch of revoked tokens and used assertions that have expired; return how many."""
    now = clock.now()
    tokens = delete_rows(RevokedToken.id, RevokedToken.expires_at < now, max_rows=PURGE_BATCH_ROWS)
    used = delete_rows(
        UsedAssertion.digest, UsedAssertion.expires_at < now, max_rows=PURGE_BATCH_ROWS
    )
    return tokens + used
