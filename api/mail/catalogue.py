"""The catalogue of mails, and the values that each text needs."""

from enum import StrEnum


class Template(StrEnum):
    """A mail by its name, with the values that its text needs; alphabetical.

    Every text also knows the name and logo of the service. Moments are RFC 3339 texts.
    """

    ACCOUNT_ERASED = "account_erased"  # erased_at
    ALREADY_REGISTERED = "already_registered"  # none: a registration with a known address
    # key_name and service_account (each a name or null), hint, address (an IP address or null), at
    API_KEY_CREATED = "api_key_created"
    API_KEY_NEW_NETWORK = "api_key_new_network"  # likewise
    DELETION_SCHEDULED = "deletion_scheduled"  # link, erase_at
    EMAIL_CHANGE_NOTICE = "email_change_notice"  # new_email, link to cancel, days; to the old one
    EMAIL_CHANGE_REQUESTED = "email_change_requested"  # link, hours; to the new address
    EMAIL_CHANGED = "email_changed"  # new_email, link to cancel, days; to the old address
    EMAIL_RESTORED = "email_restored"  # none; to the address that the former one replaces again
    INVITATION = "invitation"  # link, days, inviter (a name or null)
    LOGINS_PAUSED = "logins_paused"  # minutes
    NEW_DEVICE = "new_device"  # device, address (an IP address or null), at, link to end it
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  at
    RESET_PASSWORD = "reset_password"  # noqa: S105  link, minutes
    VERIFY_EMAIL = "verify_email"  # link, hours
    WEBHOOK_DISABLED = "webhook_disabled"  # host, at: since when it accepts nothing
