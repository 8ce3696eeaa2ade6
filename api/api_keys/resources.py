"""The endpoints of the caller's own API keys."""

from dataclasses import dataclass
from uuid import UUID

from api.api_keys import listing, schemas, service
from api.api_keys.errors import ApiKeyNotFound, ApiKeyRotated, TooManyApiKeys
from api.api_keys.listing import ApiKeyRow
from api.api_keys.owners import make_user_owner
from api.core.errors import PermissionDenied, StepUpRequired
from api.core.principal import Principal
from api.web.headers import location
from api.web.links import link_all
from api.web.restx import Namespace, Resource

OWN = "/api/me/api-keys"
CREATED = link_all(
    "get_my_api_key", "rotate_my_api_key", "revoke_my_api_key", key_id="$response.body#/id"
)
LISTED = link_all("get_my_api_key", key_id="$response.body#/items/0/id")

ns = Namespace(
    "api_keys",
    path="/api",
    description="API keys, with which your programs call this API for you.",
)


@dataclass(frozen=True)
class ApiKeys:
    items: list[ApiKeyRow]


@ns.route("/me/api-keys")
class MyApiKeys(Resource):
    @ns.operation("list_my_api_keys", authenticated=True, response=schemas.api_keys, links=LISTED)
    def get(self, *, by: Principal) -> ApiKeys:
        """List your API keys, newest first.

        The list is complete: it has no pages. The keys themselves are not stored, so it shows their
        last four characters only. Revoke a key that you do not know, or that is not used any more:
        `last_used_at` and `last_used_address` show the last use. Keys that have expired are listed
        for 30 days; those that were rotated, until you rotate a key the next time.
        """
        return ApiKeys(listing.list_keys(make_user_owner(by.id)))

    @ns.operation(
        "create_my_api_key",
        authenticated=True,
        body=schemas.api_key_creation,
        response=schemas.created_api_key,
        status=201,
        errors=[StepUpRequired, PermissionDenied, TooManyApiKeys],
        headers=location(OWN),
        links=CREATED,
    )
    def post(self, *, body: schemas.ApiKeyCreation, by: Principal) -> ApiKeyRow:
        """Create an API key for a program of yours.

        Store `key` at once: it is in this response only. The program sends it in the header
        `Authorization: Bearer rb_live_…`. It may then do what its `scopes` allow, as long as you
        may do it too: you need all permissions of the scopes now, and a key loses each one that you
        lose later. No key can change your account, your password or your e-mail address, and none
        can create or rotate keys. While you are suspended, none of your keys is valid.

        Your password must have been verified within the last 10 minutes (STEP_UP_SECONDS). You can
        have 20 keys. They expire after 365 days at the latest (API_KEY_MAX_DAYS). A change of your
        password keeps them; a password reset by mail revokes them. You get a mail about the new
        key, and one whenever a key is first used from a new network: at most five of each kind in
        an hour.

        The request accepts no `Idempotency-Key`, because the response has a secret. If it is lost,
        revoke the key and create another one. A key cannot be changed. The audit log records
        `api_key.created`, and `api_key.network_new` for the first use from a network.
        """
        return service.create(body, owner=make_user_owner(by.id), by=by)


@ns.route("/me/api-keys/<uuid:key_id>")
class MyApiKey(Resource):
    @ns.operation(
        "get_my_api_key", authenticated=True, response=schemas.api_key, errors=[ApiKeyNotFound]
    )
    def get(self, key_id: UUID, *, by: Principal) -> ApiKeyRow:
        """Read one of your API keys.

        The key itself is not stored and not returned. A key of another user is not found.
        """
        return listing.read_key(key_id, make_user_owner(by.id))

    @ns.operation("revoke_my_api_key", authenticated=True, status=204, errors=[ApiKeyNotFound])
    def delete(self, key_id: UUID, *, by: Principal) -> None:
        """Revoke one of your API keys.

        The key is deleted, and not valid from the next request on. If it was rotated, its successor
        stays valid. A key of another user is not found. The audit log records `api_key.revoked`.
        """
        service.revoke(key_id, owner=make_user_owner(by.id), by=by)


@ns.route("/me/api-keys/<uuid:key_id>/rotate")
class MyRotatedApiKey(Resource):
    @ns.operation(
        "rotate_my_api_key",
        authenticated=True,
        body=schemas.api_key_rotation,
        response=schemas.created_api_key,
        status=201,
        errors=[StepUpRequired, ApiKeyNotFound, ApiKeyRotated, TooManyApiKeys],
        headers=location(OWN),
        links=CREATED,
    )
    def post(self, key_id: UUID, *, body: schemas.ApiKeyRotation, by: Principal) -> ApiKeyRow:
        """Replace an API key by a new one.

        The new key has another id, and the same name, scopes, networks, limit and lifetime. Store
        `key` at once: it is in this response only. Give it to your program while both keys are
        valid: the former one expires after a day, or after `overlap_seconds`. It then has the new
        one as `successor_id` and cannot be rotated again. Of several rotations at the same time,
        one succeeds.

        Your password must have been verified within the last 10 minutes (STEP_UP_SECONDS). You get
        a mail. The request accepts no `Idempotency-Key`: if the response is lost, rotate the new
        key. The audit log records `api_key.rotated` with both ids.
        """
        return service.rotate(key_id, body, owner=make_user_owner(by.id), by=by)
