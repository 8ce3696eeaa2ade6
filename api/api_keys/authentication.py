"""Authenticating an API key: one query, which every request with a key runs.

A key is found by its SHA-256 digest. It is random, so the time of this look-up reveals nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, case, or_, select

from api.api_keys.models import ApiKey
from api.core import clock
from api.core.permissions import Permission
from api.core.principal import ApiKeyCredential, Principal
from api.core.program_secrets import make_digest
from api.core.reads import Query
from api.roles.assignments import PERMISSIONS_BY_NAME, parse_service_assignments
from api.roles.models import select_service_role_assignments
from api.service_accounts.models import ServiceAccount
from api.service_accounts.models import Status as ServiceAccountStatus
from api.service_accounts.principal import ServiceAccountPrincipal
from api.users.email_verification import is_required
from api.users.models import PROFILE_COLUMNS, Profile, Status, User
from api.users.service import UserPrincipal

MAX_CACHED_SCOPES = 256  # combinations; few are in use


class FoundKey(NamedTuple):
    """A valid key: the caller, and what else a request with it needs."""

    id: UUID
    principal: Principal
    allowed_networks: Sequence[str] | None
    expires_at: datetime | None
    last_used_at: datetime | None


def _make_found_key(  # noqa: PLR0913, PLR0917  the columns of the query
    key_id: UUID,
    scopes: list[str],
    allowed_networks: list[str] | None,
    requests_per_minute: int | None,
    expires_at: datetime | None,
    last_used_at: datetime | None,
    account_id: UUID | None,
    account_name: str,
    organization_id: UUID | None,
    account_assignments: str | None,
    *row: Any,
) -> FoundKey:
    credential = ApiKeyCredential(key_id, requests_per_minute)
    scope = parse_scopes(tuple(scopes))
    principal: Principal
    if account_id is None:
        principal = _make_user(Profile(*row), credential, scope)
    else:
        permissions = parse_service_assignments(account_assignments).permissions
        principal = ServiceAccountPrincipal(
            id=account_id,
            name=account_name,
            permissions=permissions & scope,
            credential=credential,
            organization_id=organization_id,
        )
    return FoundKey(key_id, principal, allowed_networks, expires_at, last_used_at)


def _make_user(
    profile: Profile, credential: ApiKeyCredential, scope: frozenset[Permission]
) -> UserPrincipal:
    return UserPrincipal(
        id=profile.id,
        permissions=profile.permissions & scope,
        credential=credential,
        must_change_password=profile.must_change_password,
        must_verify_email=profile.must_verify_email and is_required(),
        profile=profile,
    )


@lru_cache(MAX_CACHED_SCOPES)
def parse_scopes(names: Iterable[str]) -> frozenset[Permission]:
    """Return the permissions of a key; names that only another version knows are left out."""
    return frozenset(PERMISSIONS_BY_NAME[name] for name in names if name in PERMISSIONS_BY_NAME)


# The key, its owner and the permissions are read together, so that a revocation, a suspension or a
# withdrawn role has effect at the next request, on every worker. The expiry is compared here: as a
# parameter, the time costs 10 µs.
key_by_digest = Query(
    select(
        ApiKey.id,
        ApiKey.scopes,
        ApiKey.allowed_networks,
        ApiKey.requests_per_minute,
        ApiKey.expires_at,
        ApiKey.last_used_at,
        ServiceAccount.id,
        ServiceAccount.name,
        ServiceAccount.organization_id,
        case(
            (
                ApiKey.service_account_id.is_not(None),
                select_service_role_assignments(ApiKey.service_account_id),
            )
        ),
        *PROFILE_COLUMNS,
    )
    .outerjoin(User, User.id == ApiKey.user_id)
    .outerjoin(ServiceAccount, ServiceAccount.id == ApiKey.service_account_id)
    .where(
        ApiKey.digest == bindparam("digest"),
        or_(
            and_(User.status == Status.ACTIVE, User.deleted_at.is_(None)),
            ServiceAccount.status == ServiceAccountStatus.ACTIVE,
        ),
    ),
    _make_found_key,
)


def find_key(key: str) -> FoundKey | None:
    """Return a key that has not expired, if its owner is active."""
    found = key_by_digest.first(digest=make_digest(key))
    if found is None or (found.expires_at is not None and found.expires_at <= clock.now()):
        return None
    return found
