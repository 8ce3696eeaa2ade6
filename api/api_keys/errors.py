from api.core.errors import Conflict, NotFound


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"
    title = "API key not found"
    detail = "There is no API key with this id, or it belongs to another user or service account."
    remedy = "List the API keys to find the id. A revoked key is deleted."


class ApiKeyRotated(Conflict):
    code = "api_key_rotated"
    title = "API key already rotated"
    detail = "The API key has a successor, and can be rotated once."
    remedy = "Rotate the key that `successor_id` names, or create another one."


class TooManyApiKeys(Conflict):
    code = "too_many_api_keys"
    title = "Too many API keys"
    detail = "The user or service account has the maximum number of API keys."
    remedy = "Revoke a key that is expired or not in use. `last_used_at` shows which are in use."
