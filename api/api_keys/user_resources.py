"""The endpoints of the API keys of any user, for administrators."""

from uuid import UUID

from api.api_keys import listing, schemas, service
from api.api_keys.errors import ApiKeyNotFound
from api.api_keys.owners import make_user_owner
from api.api_keys.resources import ApiKeys
from api.core.permissions import Permission
from api.core.principal import Principal
from api.users.errors import UserNotFound
from api.web.links import Link
from api.web.restx import Namespace, Resource

LISTED = {
    "revoke_user_api_key": Link(
        {"user_id": "$request.path.user_id", "key_id": "$response.body#/items/0/id"}
    )
}

ns = Namespace(
    "user_api_keys",
    path="/api",
    description="See and revoke the API keys of any user, for administrators.",
)


@ns.route("/users/<uuid:user_id>/api-keys")
class UserApiKeys(Resource):
    @ns.operation(
        "list_user_api_keys",
        response=schemas.api_keys,
        permission=Permission.API_KEYS_READ,
        errors=[UserNotFound],
        links=LISTED,
    )
    def get(self, user_id: UUID) -> ApiKeys:
        """List the API keys of a user, newest first.

        The list has the same content as `GET /api/me/api-keys`, without pages. A key
        itself cannot be read, and only its owner can create or rotate one.
        """
        return ApiKeys(listing.list_keys(make_user_owner(user_id)))


@ns.route("/users/<uuid:user_id>/api-keys/<uuid:key_id>")
class UserApiKey(Resource):
    @ns.operation(
        "revoke_user_api_key",
        status=204,
        permission=Permission.API_KEYS_WRITE,
        errors=[UserNotFound, ApiKeyNotFound],
    )
    def delete(self, user_id: UUID, key_id: UUID, *, by: Principal) -> None:
        """Revoke an API key of a user.

        You must have all permissions that the user has. The key is deleted, and not valid from the
        next request on. A key of another user is not found. To make all keys of a user invalid for
        some time, suspend the user with `PATCH /api/users/{user_id}`. The audit log records
        `api_key.revoked`.
        """
        service.revoke(key_id, owner=make_user_owner(user_id), by=by)
