"""The capabilities in the order in which a user meets them."""

ORDER = (
    "registration",
    "email_verification",
    "invitations",
    "login",
    "password_reset",
    "email_change",
    "sessions",
    "profile",
    "leaving",
    "mail",
    "credentials",
    "users",
    "user_search",
    "metadata",
    "roles",
    "service_accounts",
    "api_keys",
    "oauth",
    "access",
    "transfer",
    "tokens",
    "audit",
    "outbox",
    "webhooks",
    "command_line",
    "health",
)


def sort_key(name: str) -> tuple[int, str]:
    """Return the key that sorts capabilities in this order; others are last, by name."""
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)
