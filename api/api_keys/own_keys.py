"""The API keys of the caller."""

from uuid import UUID

from api.api_keys import listing, service
from api.api_keys.listing import ApiKeyRow
from api.api_keys.owners import make_user_owner
from api.api_keys.schemas import ApiKeyCreation, ApiKeyRotation
from api.api_keys.service import Reason
from api.core.principal import Principal
from api.core.runtime import current_settings
from api.users.accounts import lock_user


def list_keys(*, by: Principal) -> list[ApiKeyRow]:
    return listing.list_keys(make_user_owner(by.id))


def read_key(key_id: UUID, *, by: Principal) -> ApiKeyRow:
    """Return a key of the caller.

    Raises:
        ApiKeyNotFound: also if it belongs to another user.
    """
    return listing.read_key(key_id, make_user_owner(by.id))


def create_key(body: ApiKeyCreation, *, by: Principal) -> ApiKeyRow:
    """Create a key of the caller, with some of the caller's permissions.

    Raises:
        SessionRequired, StepUpRequired: no person has authenticated recently.
        PermissionDenied, InvalidRequest, TooManyApiKeys: as ``service.create``.
    """
    by.require_recent_authentication(max_age_seconds=current_settings().step_up_seconds)
    lock_user(by.id)
    return service.create(body, owner=make_user_owner(by.id), by=by)


def rotate_key(key_id: UUID, body: ApiKeyRotation, *, by: Principal) -> ApiKeyRow:
    """Rotate a key of the caller.

    Raises:
        SessionRequired, StepUpRequired: no person has authenticated recently.
        ApiKeyNotFound, ApiKeyRotated, TooManyApiKeys: as ``service.rotate``.
    """
    by.require_recent_authentication(max_age_seconds=current_settings().step_up_seconds)
    lock_user(by.id)
    return service.rotate(key_id, body, owner=make_user_owner(by.id), by=by)


def revoke_key(key_id: UUID, *, by: Principal) -> None:
    """Revoke a key of the caller.

    Raises:
        ApiKeyNotFound: also if it belongs to another user.
    """
    service.revoke(key_id, owner=make_user_owner(by.id), reason=Reason.OWNER, by=by)
