"""The links in mails. They begin with a configured URL and never with a header of a request."""

from enum import StrEnum
from urllib.parse import urlencode

from api.core.runtime import current_settings

PAGES_PATH = "/account"


class LinkedPage(StrEnum):
    """The pages that mailed links open, by the last part of their paths."""

    ACCEPT_INVITATION = "accept-invitation"
    CANCEL_DELETION = "cancel-deletion"
    CANCEL_EMAIL_CHANGE = "cancel-email-change"
    CONFIRM_EMAIL_CHANGE = "confirm-email-change"
    END_SESSION = "end-session"
    RESET_PASSWORD = "reset-password"  # noqa: S105  a page, not a password
    VERIFY_EMAIL = "verify-email"


def make_link(page: LinkedPage, token: str) -> str:
    """Return the link to a page of this service, or of the operator's own (FRONTEND_URL)."""
    settings = current_settings()
    base = settings.frontend_url or settings.public_base_url + PAGES_PATH
    return f"{base}/{page}?{urlencode({'token': token})}"
