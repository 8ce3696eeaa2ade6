"""The catalogue of permissions."""

from enum import StrEnum


class Permission(StrEnum):
    """What a role can allow, named ``resource:action``; alphabetical."""

    API_KEYS_READ = "api_keys:read"
    API_KEYS_WRITE = "api_keys:write"
    AUDIT_READ = "audit:read"
    INVITATIONS_READ = "invitations:read"
    INVITATIONS_WRITE = "invitations:write"
    OUTBOX_READ = "outbox:read"
    OUTBOX_WRITE = "outbox:write"
    ROLES_READ = "roles:read"
    ROLES_WRITE = "roles:write"
    SERVICE_ACCOUNTS_READ = "service_accounts:read"
    SERVICE_ACCOUNTS_WRITE = "service_accounts:write"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    TOKENS_INTROSPECT = "tokens:introspect"
    TOKENS_REVOKE = "tokens:revoke"
    USERS_CREDENTIALS = "users:credentials"
    USERS_EXPORT = "users:export"
    USERS_HASHES = "users:hashes"
    USERS_IMPORT = "users:import"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


DESCRIPTIONS: dict[Permission, str] = {
    Permission.API_KEYS_READ: "List the API keys of any user.",
    Permission.API_KEYS_WRITE: "Revoke the API keys of any user.",
    Permission.AUDIT_READ: "Read the audit log.",
    Permission.INVITATIONS_READ: "List and read invitations.",
    Permission.INVITATIONS_WRITE: "Invite people; resend and revoke invitations.",
    Permission.OUTBOX_READ: "List the messages that were or are to be sent, without their content; "
    "also shows which e-mail addresses that one invites have an account.",
    Permission.OUTBOX_WRITE: "Retry messages that could not be delivered.",
    Permission.ROLES_READ: "List roles and permissions.",
    Permission.ROLES_WRITE: "Create, change and delete roles; assign them to users.",
    Permission.SERVICE_ACCOUNTS_READ: (
        "List and read service accounts, their client credentials and API keys."
    ),
    Permission.SERVICE_ACCOUNTS_WRITE: (
        "Create, change, suspend and delete service accounts; create and delete their client "
        "credentials and API keys."
    ),
    Permission.SESSIONS_READ: "List the sessions of any user.",
    Permission.SESSIONS_WRITE: "End the sessions of any user.",
    Permission.TOKENS_INTROSPECT: "Introspect tokens.",
    Permission.TOKENS_REVOKE: "Revoke tokens.",
    Permission.USERS_CREDENTIALS: (
        "Set passwords of users; read their failed logins and lift the pause after them."
    ),
    Permission.USERS_EXPORT: "Export all users.",
    Permission.USERS_HASHES: "Export password hashes with the users.",
    Permission.USERS_IMPORT: "Import users.",
    Permission.USERS_READ: "List and read users.",
    Permission.USERS_WRITE: "Create, change, suspend, delete and restore users.",
    Permission.WEBHOOKS_READ: "List webhooks and their deliveries.",
    Permission.WEBHOOKS_WRITE: (
        "Create, change and delete webhooks, which receive the events of all users; deliver again."
    ),
}
