"""The endpoints of service accounts, their roles and their client credentials."""

from collections.abc import Mapping
from uuid import UUID

from api.core.errors import SessionRequired, StepUpRequired
from api.core.etags import ExpectedVersion
from api.core.keyset import Page
from api.core.permissions import Permission
from api.core.principal import Principal
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.service_accounts import (
    credential_schemas,
    credentials,
    role_assignments,
    schemas,
    search,
    service,
)
from api.service_accounts.credentials import CredentialList, CredentialRow
from api.service_accounts.errors import (
    ClientCredentialNotFound,
    ServiceAccountNameTaken,
    ServiceAccountNotFound,
    TooManyClientCredentials,
)
from api.service_accounts.models import ServiceAccount
from api.service_accounts.search import ServiceAccountRow
from api.users.errors import TooManyRolesHeld
from api.web.headers import ResponseHeaders, location, make_url, next_page
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
CREDENTIAL_LISTED = {
    "get_client_credential": Link(
        {
            "account_id": "$request.path.account_id",
            "credential_id": "$response.body#/items/0/id",
        }
    )
}
CREDENTIAL_CREATED = link_all(
    "get_client_credential",
    "delete_client_credential",
    account_id="$request.path.account_id",
    credential_id="$response.body#/id",
)


def _locate_credential(made: CredentialRow) -> Mapping[str, str]:
    path = f"/api/service-accounts/{made.client_id}/credentials/{made.id}"
    return {"Location": make_url(path)}


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
        errors=[ServiceAccountNameTaken],
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
        the next request of the program. Nothing changes if the account already has the role, so the
        request can be repeated. An account has at most 20 roles, and never the role `user`. The
        audit log records `role.granted`, and the account gets a new ETag.
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


@ns.route("/service-accounts/<uuid:account_id>/credentials")
class ClientCredentials(Resource):
    @ns.operation(
        "list_client_credentials",
        response=credential_schemas.client_credentials,
        permission=Permission.SERVICE_ACCOUNTS_READ,
        errors=[ServiceAccountNotFound],
        links=CREDENTIAL_LISTED,
    )
    def get(self, account_id: UUID) -> CredentialList:
        """List the client credentials of a service account, the oldest first.

        The list is complete: an account has at most 10, including those that have expired. It never
        has a secret, only its last four characters. `last_used_at` shows which are in use.
        """
        return credentials.list_credentials(account_id)

    @ns.operation(
        "create_client_credential",
        body=credential_schemas.client_credential_creation,
        prepare=credentials.prepare,
        response=credential_schemas.new_client_credential,
        status=201,
        permission=Permission.SERVICE_ACCOUNTS_WRITE,
        accepts_programs=False,
        errors=[ServiceAccountNotFound, StepUpRequired, TooManyClientCredentials],
        headers=ResponseHeaders(("Location",), _locate_credential),
        links=CREDENTIAL_CREATED,
    )
    def post(
        self, account_id: UUID, *, body: credential_schemas.PreparedCredential, by: Principal
    ) -> CredentialRow:
        """Create a client credential, with which a program gets access tokens.

        You must have all permissions that the account has, and your password must have been
        verified within the last 10 minutes (STEP_UP_SECONDS): otherwise send
        `POST /api/me/reauthenticate` first. A program cannot create credentials.

        `client_secret` is in this response only and is not stored, so hand it to the program at
        once. Therefore the operation accepts no `Idempotency-Key`. If the response is lost, delete
        the credential and create another one. With `public_key` there is no secret to hand over:
        the program makes a key pair and signs its assertions with the private key.

        To rotate a secret or a key, create a second credential, let the program use it, then delete
        the first one when `last_used_at` shows that it is not in use any more. An account has at
        most 10 credentials, including those that have expired. The audit log records
        `client_credential.created` with the id, the kind and the last four characters.
        """
        return credentials.create(account_id, body, by=by)


@ns.route("/service-accounts/<uuid:account_id>/credentials/<uuid:credential_id>")
class SingleClientCredential(Resource):
    @ns.operation(
        "get_client_credential",
        response=credential_schemas.client_credential,
        permission=Permission.SERVICE_ACCOUNTS_READ,
        errors=[ServiceAccountNotFound, ClientCredentialNotFound],
    )
    def get(self, account_id: UUID, credential_id: UUID) -> CredentialRow:
        """Read a client credential, without its secret.

        `last_used_at` shows whether the program still uses it. A deleted credential is not found;
        the audit log has the event `client_credential.deleted`.
        """
        return credentials.get_credential(account_id, credential_id)

    @ns.operation(
        "delete_client_credential",
        status=204,
        permission=Permission.SERVICE_ACCOUNTS_WRITE,
        errors=[*MANAGED, ClientCredentialNotFound],
    )
    def delete(self, account_id: UUID, credential_id: UUID, *, by: Principal) -> None:
        """Delete a client credential.

        You must have all permissions that the account has. The credential gets no access token any
        more, and the access tokens that were issued for it are rejected from the next request on.
        The audit log records `client_credential.deleted`.
        """
        credentials.delete(account_id, credential_id, by=by)
