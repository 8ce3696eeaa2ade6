"""The API keys of service accounts."""

from uuid import UUID

from api.api_keys import listing, service
from api.api_keys.authentication import parse_scopes
from api.api_keys.listing import ApiKeyRow
from api.api_keys.owners import make_account_owner
from api.api_keys.schemas import ApiKeyCreation, ApiKeyRotation
from api.api_keys.service import Reason
from api.core.principal import Principal
from api.core.runtime import current_settings
from api.service_accounts.accounts import lock_manageable_account
from api.service_accounts.search import get_account


def list_keys(account_id: UUID) -> list[ApiKeyRow]:
    """Return the keys of a service account.

    Raises:
        ServiceAccountNotFound
    """
    get_account(account_id)
    return listing.list_keys(make_account_owner(account_id))


def create_key(account_id: UUID, body: ApiKeyCreation, *, by: Principal) -> ApiKeyRow:
    """Create a key of a service account.

    Raises:
        SessionRequired, StepUpRequired: no person has authenticated recently.
        PermissionDenied: the caller lacks a permission of the account or of the scopes.
        ServiceAccountNotFound
        InvalidRequest, TooManyApiKeys: as ``service.create``.
    """
    by.require_recent_authentication(max_age_seconds=current_settings().step_up_seconds)
    lock_manageable_account(account_id, by=by)
    return service.create(body, owner=make_account_owner(account_id), by=by)


def rotate_key(account_id: UUID, key_id: UUID, body: ApiKeyRotation, *, by: Principal) -> ApiKeyRow:
    """Rotate a key of a service account.

    Raises:
        SessionRequired, StepUpRequired: no person has authenticated recently.
        PermissionDenied: the caller lacks a permission of the account or of the scopes.
        ServiceAccountNotFound
        ApiKeyNotFound, ApiKeyRotated, TooManyApiKeys: as ``service.rotate``.
    """
    by.require_recent_authentication(max_age_seconds=current_settings().step_up_seconds)
    lock_manageable_account(account_id, by=by)
    owner = make_account_owner(account_id)
    by.require_all(parse_scopes(tuple(service.lock_key(key_id, owner).scopes)))
    return service.rotate(key_id, body, owner=owner, by=by)


def revoke_key(account_id: UUID, key_id: UUID, *, by: Principal) -> None:
    """Revoke a key of a service account.

    Raises:
        SessionRequired: the caller is this service account.
        PermissionDenied: the account has a permission that the caller lacks.
        ServiceAccountNotFound, ApiKeyNotFound
    """
    lock_manageable_account(account_id, by=by)
    owner = make_account_owner(account_id)
    service.revoke(key_id, owner=owner, reason=Reason.ADMINISTRATOR, by=by)
