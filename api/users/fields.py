"""The fields that several models of users have."""

from typing import Any

from api.languages.choice import LANGUAGES, LOCALE, MAX_LOCALE_LENGTH
from api.roles.assignments import MAX_ROLES_PER_USER
from api.users.models import Status
from api.web.fields import Boolean, Choices, Object, Slug, String, StringList

USER_STATUS = Choices("UserStatus", Status, description="Whether a user can log in")
LOCALE_DESCRIPTION = (
    "The language of mails to the user, and of pages, as a tag of BCP 47 with an optional script "
    "and region; null if it is not known. Any such tag is stored, so that applications can use it, "
    f"and the languages of the service are {', '.join(LANGUAGES)}. Instead of another one it uses "
    "the language of the request, else English."
)


def display_name(**keywords: bool) -> String:
    description = (
        "The name to display, in any script; null if there is none. It need not be unique. "
        "Invisible characters are rejected."
    )
    form: dict[str, Any] = {"max_length": 80, "min_length": 1, "format": "name", "nullable": True}
    return String(**form, description=description, **keywords)


def locale(**keywords: bool) -> String:
    return String(
        max_length=MAX_LOCALE_LENGTH,
        pattern=LOCALE,
        nullable=True,
        description=LOCALE_DESCRIPTION,
        examples=["de-AT"],
        **keywords,
    )


def status_reason(**keywords: bool) -> String:
    description = (
        "Why an administrator gave the user this status; null if there is no reason. The user can "
        "read it. A change of the status without a reason sets it to null."
    )
    return String(max_length=500, min_length=1, nullable=True, description=description, **keywords)


def user_metadata(**keywords: bool) -> Object:
    description = (
        "Any members that the user may change, such as preferences. At most 16 KiB as compact "
        "JSON, always replaced as a whole."
    )
    return Object(description=description, **keywords)


def app_metadata(**keywords: bool) -> Object:
    description = (
        "Any members that the user may read, and only administrators may change, such as a plan. "
        "At most 16 KiB as compact JSON, always replaced as a whole."
    )
    return Object(description=description, **keywords)


def role_names(**keywords: Any) -> StringList:
    description = (
        "The names of the roles of the user. Every user has the role `user`, which does not count "
        f"towards the limit of {MAX_ROLES_PER_USER} roles."
    )
    return StringList(Slug(), description=description, **keywords)


def external_source(**keywords: bool) -> String:
    description = "The name of the system that the account comes from, or null; with `external_id`"
    return _make_external(64, description, **keywords)


def external_id(**keywords: bool) -> String:
    description = "The id of the account in `external_source`, where it is unique, or null"
    return _make_external(255, description, **keywords)


def _make_external(max_length: int, description: str, **keywords: bool) -> String:
    return String(
        max_length=max_length,
        min_length=1,
        format="external-id",
        nullable=True,
        description=f"{description}. No invisible characters, and no spaces around it.",
        **keywords,
    )


def email_verified(**keywords: bool) -> Boolean:
    description = (
        "Whether it is known that the e-mail address reaches the user. A new address is not "
        "verified until the user has confirmed it, or an administrator says so. Users cannot "
        "change this member."
    )
    return Boolean(description=description, **keywords)
