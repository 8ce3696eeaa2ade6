"""Sample values of each mail, for previews and for checking templates."""

from collections.abc import Mapping

from api.mail.catalogue import Template

LINK = "https://rollbook.example.org/account/page?token=4tYV1x0mN7bQyPpQ6nTz8aLwK2sJ5uRc"
AT = "2026-11-30T09:30:00Z"
NEW_EMAIL = "ada@lovelace.example"

API_KEY = {
    "key_name": "Nightly report",
    "service_account": "Billing robot",
    "hint": "rb_live_…x3Qz",
    "address": "192.0.2.7",
    "at": AT,
}

OPTIONAL = frozenset(
    {"address", "device", "inviter", "key_name", "service_account"}
)  # values that can be null

SAMPLES: Mapping[Template, Mapping[str, object]] = {
    Template.ACCOUNT_ERASED: {"erased_at": AT},
    Template.ALREADY_REGISTERED: {},
    Template.API_KEY_CREATED: API_KEY,
    Template.API_KEY_NEW_NETWORK: API_KEY,
    Template.DELETION_SCHEDULED: {"link": LINK, "erase_at": AT},
    Template.EMAIL_CHANGE_NOTICE: {"new_email": NEW_EMAIL, "link": LINK, "days": 7},
    Template.EMAIL_CHANGE_REQUESTED: {"link": LINK, "hours": 24},
    Template.EMAIL_CHANGED: {"new_email": NEW_EMAIL, "link": LINK, "days": 7},
    Template.EMAIL_RESTORED: {},
    Template.INVITATION: {"link": LINK, "days": 7, "inviter": "Grace Hopper"},
    Template.LOGINS_PAUSED: {"minutes": 5},
    Template.NEW_DEVICE: {
        "device": "Firefox on Linux",
        "address": "192.0.2.7",
        "at": AT,
        "link": LINK,
    },
    Template.PASSWORD_CHANGED: {"at": AT},
    Template.RESET_PASSWORD: {"link": LINK, "minutes": 30},
    Template.VERIFY_EMAIL: {"link": LINK, "hours": 24},
    Template.WEBHOOK_DISABLED: {"host": "hooks.example.com", "at": AT},
}
