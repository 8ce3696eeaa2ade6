"""The API keys of any user, for administrators and for the operator."""

from uuid import UUID

from api.api_keys import listing, service
from api.api_keys.listing import ApiKeyRow
from api.api_keys.owners import make_user_owner
from api.api_keys.schemas import ApiKeyCreation, ApiKeyRotation
from api.api_keys.service import Reason
from api.core.principal import Principal
from api.users.accounts import lock_manageable_user
from api.users.service import get_profile


def list_keys(user_id: UUID) -> list[ApiKeyRow]:
    """Return the keys of a user.

    Raises:
        UserNotFound
    """
    get_profile(user_id)
    return listing.list_keys(make_user_owner(user_id))


def revoke_key(user_id: UUID, key_id: UUID, *, by: Principal) -> None:
    """Revoke a key of a user.

    Raises:
        PermissionDenied: the user has a permission that the caller lacks.
        UserNotFound
        ApiKeyNotFound: also if it belongs to another user.
    """
    lock_manageable_user(user_id, by=by)
    reason = Reason.OWNER if by.is_user(user_id) else Reason.ADMINISTRATOR
    service.revoke(key_id, owner=make_user_owner(user_id), reason=reason, by=by)


def create_key(user_id: UUID, body: ApiKeyCreation, *, by: Principal) -> ApiKeyRow:
    """Create a key of a user, for the operator.

    Raises:
        UserNotFound
        InvalidRequest, TooManyApiKeys: as ``service.create``.
    """
    lock_manageable_user(user_id, by=by)
    return service.create(body, owner=make_user_owner(user_id), by=by)


def rotate_key(user_id: UUID, key_id: UUID, body: ApiKeyRotation, *, by: Principal) -> ApiKeyRow:
    """Rotate a key of a user, for the operator.

    Raises:
        UserNotFound
        ApiKeyNotFound, ApiKeyRotated, TooManyApiKeys: as ``service.rotate``.
    """
    lock_manageable_user(user_id, by=by)
    return service.rotate(key_id, body, owner=make_user_owner(user_id), by=by)
