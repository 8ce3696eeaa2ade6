from api.core.errors import Conflict, NotFound


class ServiceAccountNotFound(NotFound):
    code = "service_account_not_found"
    title = "Service account not found"
    detail = "There is no such service account."
    remedy = "List the service accounts to find the id. The account may have been deleted."


class ServiceAccountNameTaken(Conflict):
    code = "service_account_name_taken"
    title = "Name of a service account taken"
    detail = "Another service account has this name, perhaps in other letter case."
    remedy = "Choose another name, or use the account that has it."


class ClientCredentialNotFound(NotFound):
    code = "client_credential_not_found"
    title = "Client credential not found"
    detail = "The service account has no such client credential."
    remedy = "List the client credentials of the account to find the id."


class TooManyClientCredentials(Conflict):
    code = "too_many_client_credentials"
    title = "Too many client credentials"
    detail = "The service account has the maximum number of client credentials."
    remedy = "Delete one that is expired or not in use. `last_used_at` shows which are in use."
