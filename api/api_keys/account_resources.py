"""The endpoints of the API keys of service accounts."""

from uuid import UUID

from api.api_keys import listing, schemas, service
from api.api_keys.errors import ApiKeyNotFound, ApiKeyRotated, TooManyApiKeys
from api.api_keys.listing import ApiKeyRow
from api.api_keys.owners import make_account_owner
from api.api_keys.resources import ApiKeys
from api.core.errors import SessionRequired, StepUpRequired
from api.core.permissions import Permission
from api.core.principal import Principal
from api.service_accounts.errors import ServiceAccountNotFound
from api.web.links import link_all
from api.web.restx import Namespace, Resource

ACCOUNT_ID = "$request.path.account_id"
CREATED = link_all(
    "rotate_service_account_api_key",
    "revoke_service_account_api_key",
    account_id=ACCOUNT_ID,
    key_id="$response.body#/id",
)
LISTED = link_all(
    "revoke_service_account_api_key",
    account_id=ACCOUNT_ID,
    key_id="$response.body#/items/0/id",
)

ns = Namespace(
    "service_account_api_keys",
    path="/api",
    description="API keys of service accounts, for programs that belong to no user.",
)


@ns.route("/service-accounts/<uuid:account_id>/api-keys")
class ServiceAccountApiKeys(Resource):
    @ns.operation(
        "list_service_account_api_keys",
        response=schemas.api_keys,
        permission=Permission.SERVICE_ACCOUNTS_READ,
        errors=[ServiceAccountNotFound],
        links=LISTED,
    )
    def get(self, account_id: UUID) -> ApiKeys:
        """List the API keys of a service account, newest first.

        The list is complete: it has no pages. It never has a key itself, only its last four
        characters. `last_used_at` and `last_used_address` show which are in use and where. Keys
        that have expired are listed for 30 days; those that were rotated, until the next rotation
        of a key of the account.
        """
        return ApiKeys(listing.list_keys(make_account_owner(account_id)))

    @ns.operation(
        "create_service_account_api_key",
        body=schemas.api_key_creation,
        response=schemas.created_api_key,
        status=201,
        permission=Permission.SERVICE_ACCOUNTS_WRITE,
        accepts_programs=False,
        errors=[ServiceAccountNotFound, StepUpRequired, TooManyApiKeys],
        links=CREATED,
    )
    def post(self, account_id: UUID, *, body: schemas.ApiKeyCreation, by: Principal) -> ApiKeyRow:
        """Create an API key of a service account.

        You must have all permissions that the account has and all of the scopes, and your password
        must have been verified within the last 10 minutes (STEP_UP_SECONDS). A program with the key
        may do what both the scopes and the roles of the account allow at that time. The key need
        not expire. An account can have 20 keys.

        `key` is in this response only and is not stored, so give it to the program at once.
        Therefore the operation accepts no `Idempotency-Key`. If the response is lost, revoke the
        key and create another one. You get a mail about it, and one whenever the key is first used
        from a new network: at most five of each kind in an hour. The audit log records
        `api_key.created`, and `api_key.network_new` for the first use from a network.
        """
        return service.create(body, owner=make_account_owner(account_id), by=by)


@ns.route("/service-accounts/<uuid:account_id>/api-keys/<uuid:key_id>")
class ServiceAccountApiKey(Resource):
    @ns.operation(
        "revoke_service_account_api_key",
        status=204,
        permission=Permission.SERVICE_ACCOUNTS_WRITE,
        errors=[ServiceAccountNotFound, SessionRequired, ApiKeyNotFound],
    )
    def delete(self, account_id: UUID, key_id: UUID, *, by: Principal) -> None:
        """Revoke an API key of a service account.

        You must have all permissions that the account has. The key is deleted, and not valid from
        the next request on. A key of another account is not found. The audit log records
        `api_key.revoked`.
        """
        service.revoke(key_id, owner=make_account_owner(account_id), by=by)


@ns.route("/service-accounts/<uuid:account_id>/api-keys/<uuid:key_id>/rotate")
class RotatedServiceAccountApiKey(Resource):
    @ns.operation(
        "rotate_service_account_api_key",
        body=schemas.api_key_rotation,
        response=schemas.created_api_key,
        status=201,
        permission=Permission.SERVICE_ACCOUNTS_WRITE,
        accepts_programs=False,
        errors=[
            ServiceAccountNotFound,
            StepUpRequired,
            ApiKeyNotFound,
            ApiKeyRotated,
            TooManyApiKeys,
        ],
        links=CREATED,
    )
    def post(
        self, account_id: UUID, key_id: UUID, *, body: schemas.ApiKeyRotation, by: Principal
    ) -> ApiKeyRow:
        """Replace an API key of a service account by a new one.

        You must have all permissions that the account has and all of the scopes, and your password
        must have been verified within the last 10 minutes (STEP_UP_SECONDS). The new key has
        another id, and the same name, scopes, networks, limit and lifetime. `key` is in this
        response only. The former key expires after a day, or after `overlap_seconds`, and cannot be
        rotated again.

        The request accepts no `Idempotency-Key`: if the response is lost, rotate the new key. The
        audit log records `api_key.rotated` with both ids.
        """
        return service.rotate(key_id, body, owner=make_account_owner(account_id), by=by)
