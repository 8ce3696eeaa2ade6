"""Creating, rotating, revoking and purging API keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.sql.dml import ReturningDelete

from api.api_keys import rules
from api.api_keys.authentication import parse_scopes
from api.api_keys.errors import ApiKeyNotFound, ApiKeyRotated, TooManyApiKeys
from api.api_keys.known_networks import copy_networks, record_network_of_creation
from api.api_keys.listing import ApiKeyRow, make_row
from api.api_keys.models import ApiKey
from api.api_keys.owners import Owner, lock_manageable_owner, make_user_owner
from api.api_keys.schemas import DEFAULT_OVERLAP_SECONDS, ApiKeyCreation, ApiKeyRotation
from api.core import clock
from api.core.database import db, delete_rows
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal, PrincipalKind
from api.core.program_secrets import SHOWN_LENGTH, make_digest, make_secret
from api.core.step_up import require_step_up

MAX_KEYS_PER_OWNER = 20  # without those that were rotated
MAX_KEYS_WITH_ROTATED = 2 * MAX_KEYS_PER_OWNER
RETENTION = timedelta(days=30)  # after the expiry, so that the owner sees why a program fails
PURGE_BATCH_ROWS = 1000
KEPT_BY_SUCCESSOR = ("name", "scopes", "allowed_networks", "requests_per_minute")


class Reason(StrEnum):
    """Why a key was revoked."""

    OWNER = "revoked_by_owner"
    ADMINISTRATOR = "revoked_by_administrator"
    PASSWORD_RESET = "password_reset"  # noqa: S105  a reason, not a password
    EMAIL_CHANGE_CANCELLED = "email_change_cancelled"
    EMAIL_VERIFIED = "email_verified"
    USER_DELETED = "user_deleted"


def create(body: ApiKeyCreation, *, owner: Owner, by: Principal) -> ApiKeyRow:
    """Create a key. The result has the key itself, which is not stored.

    Raises:
        SessionRequired, StepUpRequired: no person has authenticated recently.
        Unauthenticated: the session has ended meanwhile.
        PermissionDenied: the caller lacks a permission of the owner or of the scopes.
        UserNotFound, ServiceAccountNotFound
        InvalidRequest: it would never expire or too late, or its limit is too high.
        TooManyApiKeys
    """
    require_step_up(by)
    lock_manageable_owner(owner, by=by)
    by.require_still_valid()  # a password reset ends the session while this waits for the lock
    by.require_all(map(Permission, body["scopes"]))
    expires_at = rules.find_expiry(body, owner)
    rules.check_limit(body.get("requests_per_minute"))
    if _count_keys(owner, with_rotated=False) >= MAX_KEYS_PER_OWNER:
        raise TooManyApiKeys
    key = ApiKey(
        name=body["name"],
        scopes=sorted(body["scopes"]),
        allowed_networks=rules.normalise_networks(body.get("allowed_networks")),
        requests_per_minute=body.get("requests_per_minute"),
    )
    made = _save(key, expires_at, owner=owner, by=by)
    record_network_of_creation(key.id)
    emit(Event.API_KEY_CREATED, subject=owner.id, by=by, api_key=str(key.id), scopes=[*key.scopes])
    return made


def rotate(key_id: UUID, body: ApiKeyRotation, *, owner: Owner, by: Principal) -> ApiKeyRow:
    """Create the successor of a key, which then expires after the overlap.

    The successor has another id and secret, and the same name, scopes, networks, limit and
    lifetime. Of several rotations at the same time one succeeds.

    Raises:
        SessionRequired, StepUpRequired: no person has authenticated recently.
        Unauthenticated: the session has ended meanwhile.
        PermissionDenied: the caller lacks a permission of the owner, or of the scopes of the key
            of a service account.
        UserNotFound, ServiceAccountNotFound, ApiKeyNotFound, ApiKeyRotated
        TooManyApiKeys: too many rotated keys of the owner are still valid.
    """
    require_step_up(by)
    lock_manageable_owner(owner, by=by)
    by.require_still_valid()
    key = _lock_key(key_id, owner)
    if owner.kind is PrincipalKind.SERVICE_ACCOUNT:  # the key of a user has only what the user has
        by.require_all(parse_scopes(tuple(key.scopes)))
    if key.successor_id is not None:
        raise ApiKeyRotated
    _delete_useless_keys(owner)
    if _count_keys(owner, with_rotated=True) >= MAX_KEYS_WITH_ROTATED:
        raise TooManyApiKeys
    return _save_successor(key, body, owner=owner, by=by)


def revoke(key_id: UUID, *, owner: Owner, by: Principal) -> None:
    """Delete a key, so that it is not valid from the next request on.

    Raises:
        SessionRequired: the caller is a program of this user, or this service account.
        PermissionDenied: the owner has a permission that the caller lacks.
        UserNotFound, ServiceAccountNotFound, ApiKeyNotFound
    """
    lock_manageable_owner(owner, by=by)
    revoke_presented(key_id, owner=owner, by=by)


def revoke_presented(key_id: UUID, *, owner: Owner, by: Principal) -> None:
    """Delete a key that the caller has presented (RFC 7009), or that the caller may change.

    Raises:
        ApiKeyNotFound
    """
    deleted = delete(ApiKey).where(ApiKey.id == key_id, owner.owns()).returning(ApiKey.id)
    if not _execute(deleted):
        raise ApiKeyNotFound
    reason = Reason.OWNER if owner.id == by.id else Reason.ADMINISTRATOR
    _emit_revoked(key_id, owner=owner, reason=reason, by=by)


def revoke_all(user_id: UUID, *, reason: Reason, by: Principal | None) -> None:
    """Delete all keys of a user."""
    owner = make_user_owner(user_id)
    for key_id in _execute(delete(ApiKey).where(owner.owns()).returning(ApiKey.id)):
        _emit_revoked(key_id, owner=owner, reason=reason, by=by)


def purge() -> int:
    """Delete a batch of keys that expired more than ``RETENTION`` ago, and return how many."""
    has_expired = ApiKey.expires_at < clock.now() - RETENTION
    return delete_rows(ApiKey.id, has_expired, max_rows=PURGE_BATCH_ROWS)


def _lock_key(key_id: UUID, owner: Owner) -> ApiKey:
    """Return a key of an owner, locked until the transaction ends.

    Raises:
        ApiKeyNotFound
    """
    row = select(ApiKey).where(ApiKey.id == key_id, owner.owns()).with_for_update()
    key = db.session.scalar(row.execution_options(populate_existing=True))
    if key is None:
        raise ApiKeyNotFound
    return key


def _save_successor(key: ApiKey, body: ApiKeyRotation, *, owner: Owner, by: Principal) -> ApiKeyRow:
    successor = ApiKey(**{name: getattr(key, name) for name in KEPT_BY_SUCCESSOR})
    made = _save(successor, rules.find_next_expiry(key, owner), owner=owner, by=by)
    copy_networks(key.id, successor.id)
    record_network_of_creation(successor.id)
    overlap_seconds = body.get("overlap_seconds", DEFAULT_OVERLAP_SECONDS)
    ends_at = clock.now() + timedelta(seconds=overlap_seconds)
    key.expires_at = min(key.expires_at or ends_at, ends_at)
    key.successor_id = successor.id
    emit(
        Event.API_KEY_ROTATED,
        subject=owner.id,
        by=by,
        api_key=str(key.id),
        successor=str(successor.id),
        overlap_seconds=overlap_seconds,
    )
    return made


def _save(key: ApiKey, expires_at: datetime | None, *, owner: Owner, by: Principal) -> ApiKeyRow:
    secret = make_secret("rb_live_")
    owner.assign(key)
    key.digest, key.last4 = make_digest(secret), secret[-SHOWN_LENGTH:]
    key.expires_at, key.created_by = expires_at, by.recorded_id
    db.session.add(key)
    db.session.flush()
    return make_row(key, secret)


def _count_keys(owner: Owner, *, with_rotated: bool) -> int:
    counted = select(func.count()).select_from(ApiKey).where(owner.owns())
    if not with_rotated:
        counted = counted.where(ApiKey.successor_id.is_(None))
    return int(db.session.scalar(counted) or 0)


def _delete_useless_keys(owner: Owner) -> None:
    """Delete the keys of an owner that have a successor and have expired."""
    is_replaced = ApiKey.successor_id.is_not(None)
    has_expired = ApiKey.expires_at <= clock.now()
    _execute(delete(ApiKey).where(owner.owns(), is_replaced, has_expired).returning(ApiKey.id))


def _execute(statement: ReturningDelete[UUID]) -> Sequence[UUID]:
    options = {"synchronize_session": False}
    return db.session.scalars(statement, execution_options=options).all()


def _emit_revoked(key_id: UUID, *, owner: Owner, reason: Reason, by: Principal | None) -> None:
    emit(Event.API_KEY_REVOKED, subject=owner.id, by=by, api_key=str(key_id), reason=reason)
