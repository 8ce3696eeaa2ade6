"""What the matrices of callers and operations share: bodies that succeed, and outcomes."""

import json
from itertools import count
from typing import Any, NamedTuple

from tests.hostile.contract import Operation, operations
from tests.hostile.corpus import GOOD
from tests.hostile.targets import WEBHOOK
from tests.hostile.wire import Answer
from tests.service import ROOT
from tests.support import PASSWORD, Person

DOCUMENT = json.loads((ROOT / "openapi" / "openapi.json").read_bytes())
# Clients authenticate there as well, and errors have the form of RFC 6749: tests/oauth calls them.
OF_OAUTH = {"issue_token", "introspect_token", "revoke_token"}
OFFERED = {one.id: one for one in operations(DOCUMENT) if one.id not in OF_OAUTH}

UNAUTHENTICATED, SESSION_REQUIRED, ALLOWED = "unauthenticated", "session required", "allowed"

# The user is not deleted, and the tokens and the message of the examples are unknown; these are
# checked last.
CHECKED_LAST = {
    "restore_user": 404,
    "accept_invitation": 400,
    "cancel_email_change": 400,
    "confirm_email_change": 400,
    "end_session_by_mail": 400,
    "reset_password": 400,
    "restore_account": 400,
    "retry_message": 404,
    "verify_email": 400,
}

numbers = count(1)


class RequestBody(NamedTuple):
    """The body and the header lines of a request that succeeds."""

    body: Any
    lines: tuple[str, ...] = ()


def account(name: str) -> dict[str, str]:
    return {"username": name, "email": f"{name}@example.org"}


def body_of(one: Operation, who: Person, name: str) -> RequestBody:
    """Return a body with which an allowed caller succeeds; the default is the example."""
    whole = {"display_name": None, "status": "active", "user_metadata": {}, "app_metadata": {}}
    bodies = {
        "log_in": {"username": who.username, "password": PASSWORD},
        "refresh": {"refresh_token": who.refresh_token},
        "change_my_password": {"current_password": PASSWORD, "new_password": GOOD},
        "reauthenticate": {"password": PASSWORD},
        "register": {**account(name), "password": GOOD},
        "create_user": {**account(name), "password": GOOD},
        "replace_user": {**account(name), **whole},
        "update_user": {"display_name": "Other"},
        "create_invitation": {"email": f"{name}@example.org"},
        "request_email_change": {"email": f"{name}@example.org"},
        "create_role": {"name": name, "description": "Other.", "permissions": []},
        "create_service_account": {"name": name},
        "create_webhook": WEBHOOK,
        "update_role": {"description": "Other."},
    }
    if one.id == "import_users":
        return RequestBody(
            json.dumps(account(name)).encode(), ("Content-Type: application/x-ndjson",)
        )
    if one.id in {"introspect", "revoke"}:
        return RequestBody(b"token=x", ("Content-Type: application/x-www-form-urlencoded",))
    return RequestBody(bodies.get(one.id, one.body))


def outcome(one: Operation, answer: Answer) -> str:
    """Return the outcome; an allowed request must have succeeded."""
    if answer.error == "unauthenticated":
        return UNAUTHENTICATED
    if answer.error == "session_required":
        return SESSION_REQUIRED
    if answer.error == "permission_denied":
        return f"lacks {answer.json['permission']}"
    last = CHECKED_LAST.get(one.id)
    expected = {last} if last else {status for status in one.statuses if status < 300}
    return ALLOWED if answer.status in expected else f"{answer.status} {answer.body!r}"
