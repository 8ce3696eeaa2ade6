"""The members that the data of public events can have, each with its JSON schema and example."""

from dataclasses import dataclass, replace
from typing import Any

EXAMPLE_AT = "2026-11-23T09:30:00.000000Z"
MAX_TEXT_LENGTH = 500
EXAMPLE_IDS = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f"  # the first digits of all example ids


@dataclass(frozen=True)
class Detail:
    """A member of the details of an event, as the audit log has them.

    ``is_id`` is whether a thin payload has it as well. It is then a member of ``data`` itself.
    """

    name: str
    schema: dict[str, Any]
    example: object
    is_id: bool = False
    required: bool = True


def uuid(description: str, *, nullable: bool = False) -> dict[str, Any]:
    kind = ["string", "null"] if nullable else "string"
    return {"type": kind, "format": "uuid", "description": description}


def an_id(name: str, description: str, last_digits: str) -> Detail:
    return Detail(name, uuid(description), EXAMPLE_IDS + last_digits, is_id=True)


def optional(detail: Detail) -> Detail:
    return replace(detail, required=False)


def count(name: str, description: str, example: int = 1) -> Detail:
    limits = {"format": "int32", "minimum": 0, "maximum": 2**31 - 1}
    return Detail(name, {"type": "integer", **limits, "description": description}, example)


def flag(name: str, description: str, *, example: bool = False) -> Detail:
    return Detail(name, {"type": "boolean", "description": description}, example)


def text(name: str, description: str, example: str | None, *, nullable: bool = False) -> Detail:
    kind = ["string", "null"] if nullable else "string"
    schema = {"type": kind, "maxLength": MAX_TEXT_LENGTH, "description": description}
    return Detail(name, schema, example)


def names(name: str, description: str, *examples: str) -> Detail:
    items = {"type": "string", "maxLength": MAX_TEXT_LENGTH}
    schema = {"type": "array", "items": items, "maxItems": 1000, "description": description}
    return Detail(name, schema, list(examples))


API_KEY = an_id("api_key", "The id of the API key", "1b")
SUCCESSOR = an_id("successor", "The id of the new API key", "1c")
SCOPES = names("scopes", "The permissions to which the API key is limited", "users:read")
CLIENT_CREDENTIAL = an_id("client_credential", "The id of the client credential", "18")
INVITATION = an_id("invitation", "The id of the invitation", "15")
SESSION = an_id("session", "The id of the session", "11")
WEBHOOK = an_id("webhook", "The id of the webhook", "19")
ROLE = replace(text("role", "The name of the role, which is its id", "auditor"), is_id=True)
CHANGED = names("changed", "The names of the members that have changed", "display_name")
REASON = text(
    "reason", "What the administrator wrote as the reason, or null", "Left us", nullable=True
)
SESSIONS_ENDED = count("sessions_ended", "How many sessions of the user ended")
