"""The words in which features name errors, and the error codes of the API that they stand for."""

from typing import Any

ERROR_CODES = {
    "a login is required": "unauthenticated",
    "a person has to log in": "session_required",
    "a new password must be chosen first": "password_change_required",
    "a username is required": "required",
    "a service account cannot have the role": "role",
    "registration is closed": "registration_closed",
    "the API key does not exist": "api_key_not_found",
    "the API key has a successor": "api_key_rotated",
    "the account has changed": "precondition_failed",
    "the account is the own account": "own_password",
    "the client credential does not exist": "client_credential_not_found",
    "the current password is wrong": "invalid_credentials",
    "the delivery does not exist": "delivery_not_found",
    "the e-mail address is already registered": "email_taken",
    "the e-mail address is the current one": "email_unchanged",
    "the e-mail address is not confirmed": "email_not_verified",
    "the event does not exist": "audit_event_not_found",
    "the expiry is too far away": "too_late",
    "the external id belongs to another user": "external_id_taken",
    "the file is too large": "payload_too_large",
    "the file has too many rows": "too_many_rows",
    "the idempotency key belongs to another request": "idempotency_key_reused",
    "the invitation does not exist": "invitation_not_found",
    "the invitation does not work": "invalid_invitation",
    "the invitation is closed": "invitation_closed",
    "the key is not an accepted public key": "public_key",
    "the last administrator cannot be removed": "last_administrator",
    "the link does not work": "invalid_one_time_token",
    "the message does not exist": "message_not_found",
    "the message was not given up": "message_not_dead",
    "the metadata is too large": "max_bytes",
    "the name belongs to another service account": "service_account_name_taken",
    "the name has characters that are not permitted": "format",
    "the new password is the current password": "password_unchanged",
    "the page is too large": "maximum",
    "the password is too common": "password_blocklisted",
    "the password is too long": "max_length",
    "the password is too short": "password_too_short",
    "the password must be confirmed": "insufficient_user_authentication",
    "the permission is missing": "permission_denied",
    "the range has too many events": "too_many_events",
    "the refresh token was used twice": "refresh_token_reused",
    "the role already exists": "role_taken",
    "the role does not exist": "role_not_found",
    "the role is assigned to a service account": "role_in_use",
    "the role is assigned to a user": "role_in_use",
    "the role is built in": "role_built_in",
    "the service account does not exist": "service_account_not_found",
    "the service account has too many client credentials": "too_many_client_credentials",
    "the service account has too many roles": "too_many_roles_held",
    "the session does not exist": "session_not_found",
    "the session has ended": "invalid_refresh_token",
    "the URL is not permitted": "url",
    "the service has too many roles": "too_many_roles",
    "the service has too many webhooks": "too_many_webhooks",
    "the service sends no mail": "mail_unavailable",
    "the service is not ready": "not_ready",
    "the signing key is locked": "signing_key_locked",
    "the user does not exist": "user_not_found",
    "the user is suspended": "user_suspended",
    "the user has too many roles": "too_many_roles_held",
    "the username belongs to another e-mail address": "username",
    "the username is already registered": "username_taken",
    "the username has characters that are not permitted": "pattern",
    "the username is too long": "max_length",
    "the username is too short": "min_length",
    "the username or the password is wrong": "invalid_credentials",
    "the webhook does not exist": "webhook_not_found",
    "the webhook is disabled": "webhook_disabled",
    "there is no such deleted user": "user_not_found",
    "there are too many API keys": "too_many_api_keys",
    "there were too many requests": "too_many_requests",
}


def get_error_codes(response: Any) -> set[str]:
    """Return the code of an error response, or for invalid input the rules that it breaks.

    The set is empty if the response is not an error.
    """
    if response.status_code < 400:
        return set()
    problem = response.json
    return {error["rule"] for error in problem.get("errors", ())} or {problem["error"]}
