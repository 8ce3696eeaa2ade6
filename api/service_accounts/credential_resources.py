"""The endpoints of client credentials, which belong to service accounts."""

from collections.abc import Mapping
from uuid import UUID

from api.core.errors import StepUpRequired
from api.core.permissions import Permission
from api.core.principal import Principal
from api.service_accounts import credential_schemas, credentials
from api.service_accounts.credentials import CredentialList, CredentialRow
from api.service_accounts.errors import (
    ClientCredentialNotFound,
    ServiceAccountNotFound,
    TooManyClientCredentials,
)
from api.service_accounts.resources import MANAGED, ns
from api.web.headers import ResponseHeaders, make_url
from api.web.links import Link, link_all
from api.web.restx import Resource

__all__ = ["ns"]

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
