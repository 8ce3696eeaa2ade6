"""The endpoints of service accounts and of their roles."""

from uuid import UUID

from api.core.errors import SessionRequired
from api.core.etags import ExpectedVersion
from api.core.keyset import Page
from api.core.permissions import Permission
from api.core.principal import Principal
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.service_accounts import role_assignments, schemas, search, service
from api.service_accounts.errors import ServiceAccountNameTaken, ServiceAccountNotFound
from api.service_accounts.models import ServiceAccount
from api.service_accounts.search import ServiceAccountRow
from api.users.errors import TooManyRolesHeld
from api.web.headers import location, next_page
from api.web.links import Link, link_all
from api.web.restx import Namespace, Resource

ns = Namespace(
    "service_accounts",
    path="/api",
    description="The accounts of programs: what they may do, and the client credentials with which "
    "they get access tokens.",
)

MANAGED = [ServiceAccountNotFound, SessionRequired]  # a service account cannot change itself
CREATED = link_all(
    "get_service_account",
    "update_service_account",
    "delete_service_account",
    "grant_service_account_role",
    "list_client_credentials",
    "create_client_credential",
    account_id="$response.body#/id",
)
LISTED = {
    "get_service_account": Link({"account_id": "$response.body#/items/0/id"}),
    "list_service_accounts": Link({"cursor": "$response.body#/next"}),
}
CURRENT_VERSION = {"account_id": "$response.body#/id", "If-Match": "$response.header.ETag"}
READ = link_all("update_service_account", "delete_service_account", **CURRENT_VERSION)
GRANTED = link_all(
    "withdraw_service_account_role",
    account_id="$request.path.account_id",
    name="$request.path.name",
)


@ns.route("/service-accounts")
class ServiceAccounts(Resource):
    @ns.operation(
        "list_service_accounts",
        query=schemas.service_account_search,
        response=schemas.service_account_page,
        permission=Permission.SERVICE_ACCOUNTS_READ,
        headers=next_page("/api/service-accounts"),
        links=LISTED,
    )
    def get(self, *, query: schemas.ServiceAccountSearch) -> Page[ServiceAccountRow]:
        """List service accounts, newest first.

        An account is listed if all filters match. Send `next` as `cursor` with the same filters and
        the same `sort`, or follow the `Link` header, until `next` is null. A page has at most 100
        accounts. A deleted account is not in the list; its audit events stay.
        """
        return search.find(query)

    @ns.operation(
        "create_service_account",
        body=schemas.service_account_creation,
        response=schemas.service_account,
        status=201,
        permission=Permission.SERVICE_ACCOUNTS_WRITE,
        errors=[RoleBuiltIn, ServiceAccountNameTaken],
        versioned=True,
        idempotent=True,
        headers=location("/api/service-accounts"),
        links=CREATED,
    )
    def post(self, *, body: schemas.ServiceAccountCreation, by: Principal) -> ServiceAccount:
        """Create a service account for a program.

        It can do nothing yet: give it a credential with
        `POST /api/service-accounts/{account_id}/credentials`. It has only the permissions of its
        roles, not those of the role `user`. With `roles` you also need `roles:write`, and all
        permissions that these roles carry. An account has at most 20 roles.

        A service account has no password, no e-mail address and no session. It can use every
        operation that needs a permission it has, except those that need a person, and it cannot
        change itself. The audit log records `service_account.created`, and `role.granted` for each
        role.
        """
        return service.create(body, by=by)


@ns.route("/service-accounts/<uuid:account_id>")
class SingleServiceAccount(Resource):
    @ns.operation(
        "get_service_account",
        response=schemas.service_account,
        permission=Permission.SERVICE_ACCOUNTS_READ,
        errors=[ServiceAccountNotFound],
        versioned=True,
        links=READ,
    )
    def get(self, account_id: UUID) -> ServiceAccountRow:
        """Read a service account.

        Keep the `ETag` and send it as `If-Match` with a change, so that you do not overwrite the
        change of another administrator.
        """
        return search.get_account(account_id)

    @ns.operation(
        "update_service_account",
        body=schemas.service_account_patch,
        response=schemas.service_account,
        permission=Permission.SERVICE_ACCOUNTS_WRITE,
        errors=[*MANAGED, ServiceAccountNameTaken],
        versioned=True,
    )
    def patch(
        self,
        account_id: UUID,
        *,
        body: schemas.ServiceAccountPatch,
        by: Principal,
        if_match: ExpectedVersion,
    ) -> ServiceAccount:
        """Change the name, the description or the status of a service account.

        You must have all permissions that the account has. Members that are left out stay as they
        are. With `status: suspended` its client credentials, its access tokens and its API keys are
        rejected from the next request on; with `active` those that have not expired work again.

        The audit log records `service_account.suspended` or `service_account.reactivated` with the
        reason, and `service_account.updated` with the names of the other members that changed. If
        nothing changes, nothing is recorded.
        """
        return service.update(account_id, body, by=by, if_match=if_match)

    @ns.operation(
        "delete_service_account",
        status=204,
        permission=Permission.SERVICE_ACCOUNTS_WRITE,
        errors=MANAGED,
        versioned=True,
    )
    def delete(self, account_id: UUID, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Delete a service account, with its client credentials and its API keys.

        You must have all permissions that the account has. Its access tokens and its API keys are
        rejected from the next request on. This cannot be undone; to stop a program for a while,
        suspend its account instead. The name is free at once. The audit log records
        `service_account.deleted`, and the audit events of the account stay.
        """
        service.delete(account_id, by=by, if_match=if_match)


@ns.route("/service-accounts/<uuid:account_id>/roles/<slug:name>")
class RoleOfServiceAccount(Resource):
    @ns.operation(
        "grant_service_account_role",
        status=204,
        versioned=True,
        permission=Permission.ROLES_WRITE,
        errors=[*MANAGED, RoleNotFound, RoleBuiltIn, TooManyRolesHeld],
        links=GRANTED,
    )
    def put(self, account_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion) -> None:
        """Grant a role to a service account.

        You must have all permissions that the role carries and that the account has. They work at
        the next request of the program, with each API key of the account within its scopes, and in
        each new access token: also for those who got a credential of the account before. So list
        its credentials and keys first, and delete those that you do not know.

        Nothing changes if the account already has the role, so the request can be repeated. An
        account has at most 20 roles, and never the role `user`. The audit log records
        `role.granted`, and the account gets a new ETag.
        """
        role_assignments.grant_role(account_id, name, by=by, if_match=if_match)

    @ns.operation(
        "withdraw_service_account_role",
        status=204,
        versioned=True,
        permission=Permission.ROLES_WRITE,
        errors=[*MANAGED, RoleNotFound],
    )
    def delete(
        self, account_id: UUID, name: str, *, by: Principal, if_match: ExpectedVersion
    ) -> None:
        """Withdraw a role from a service account.

        You must have all permissions that the role carries and that the account has. The program
        loses the permissions at its next request; access tokens that other services verify
        themselves name the role until they expire. Nothing changes if the account does not have the
        role. The audit log records `role.withdrawn`, and the account gets a new ETag.
        """
        role_assignments.withdraw_role(account_id, name, by=by, if_match=if_match)
