"""Which usernames and e-mail addresses an account may have.

A username that is an e-mail address is that of its account, so that no user can take the address
of another one as a name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from api.config import USERNAME_CHARACTERS, Settings
from api.core import identifiers
from api.core.confusables import has_mixed_scripts
from api.core.errors import InvalidRequest, ValidationError
from api.core.runtime import current_settings
from api.core.validation_rules import ValidationRule

MAX_IMPORTED_LENGTH = 150  # characters, as in Django
USERNAME, EMAIL = "/username", "/email"
CHARACTERS = {USERNAME_CHARACTERS: "letters A-Z and a-z, digits, `.`, `_` and `-`"}
FOREIGN_EMAIL = ValidationError(
    USERNAME,
    ValidationRule.USERNAME,
    "must not be an e-mail address other than that of the account",
)
NOT_USED = ValidationError(
    USERNAME, ValidationRule.USERNAME, "is not used: users log in with e-mail addresses"
)
NOT_IMPORTED = ValidationError(
    USERNAME,
    ValidationRule.USERNAME,
    "is not used: users log in with e-mail addresses; remove the column or member `username`, or "
    "set USERNAMES=optional",
)
REQUIRED = ValidationError(USERNAME, ValidationRule.REQUIRED, "is required")
NOT_VISIBLE = ValidationError(
    USERNAME,
    ValidationRule.PATTERN,
    f"must have visible characters, at most {MAX_IMPORTED_LENGTH}, and no spaces around them",
)
MIXED_SCRIPTS = ValidationError(
    USERNAME, ValidationRule.PATTERN, "must not mix scripts that are not written together"
)


def check_new_names(username: str | None, email: str) -> None:
    """Check the names of a new account.

    Raises:
        InvalidRequest
    """
    _raise_first(_find_username_error(username, email), _find_email_error(email))


def check_changed_names(changes: Mapping[str, Any], *, username: str | None, email: str) -> None:
    """Check those names of an account that change; ``username`` and ``email`` are the new ones.

    Raises:
        InvalidRequest
    """
    _raise_first(
        _find_username_error(username, email) if "username" in changes else iter(()),
        _find_email_error(email) if "email" in changes else iter(()),
    )


def check_imported_names(username: str | None, email: str) -> None:
    """Check the names of an account of another system.

    Their usernames need not match the pattern for new ones, but two of them must be different.

    Raises:
        InvalidRequest
    """
    _raise_first(_find_imported_username_error(username, email), _find_email_error(email))


def _raise_first(*groups: Iterator[ValidationError]) -> None:
    """Raise the first error of each group."""
    firsts = (next(group, None) for group in groups)
    if errors := [error for error in firsts if error is not None]:
        raise InvalidRequest(errors)


def _find_username_error(username: str | None, email: str) -> Iterator[ValidationError]:
    settings = current_settings()
    yield from _find_usage_error(username, settings)
    if username is None or is_own_email(username, email):
        return
    yield from _find_foreign_email(username)
    if rule := _find_broken_rule(username, settings):
        yield ValidationError(USERNAME, rule, _describe_rules(settings))
    if not identifiers.is_username(username):
        yield NOT_VISIBLE
    if has_mixed_scripts(username):
        yield MIXED_SCRIPTS


def _find_imported_username_error(username: str | None, email: str) -> Iterator[ValidationError]:
    for error in _find_usage_error(username, current_settings()):
        yield NOT_IMPORTED if error == NOT_USED else error
    if username is None or is_own_email(username, email):
        return
    if problem := find_imported_username_problem(username):
        yield problem


def find_imported_username_problem(username: str) -> ValidationError | None:
    """Return why an account of another system cannot have a username, whatever the settings are."""
    is_known = len(username) <= MAX_IMPORTED_LENGTH and identifiers.is_username(username)
    return next(_find_foreign_email(username), None if is_known else NOT_VISIBLE)


def _find_foreign_email(username: str) -> Iterator[ValidationError]:
    key = identifiers.username_key(username)
    if "@" in key and (identifiers.is_email(username) or identifiers.is_email(key)):
        yield FOREIGN_EMAIL


def _find_usage_error(username: str | None, settings: Settings) -> Iterator[ValidationError]:
    if username is None and settings.usernames == "required":
        yield REQUIRED
    if username is not None and settings.usernames == "off":
        yield NOT_USED


def is_own_email(username: str | None, email: str) -> bool:
    """Return whether the username of an account is its e-mail address."""
    if username is None:
        return False
    return identifiers.username_key(username) == identifiers.email_key(email)


def _find_broken_rule(username: str, settings: Settings) -> ValidationRule | None:
    """Return the rule that a new username breaks."""
    if len(username) < settings.username_min_length:
        return ValidationRule.MIN_LENGTH
    if len(username) > settings.username_max_length:
        return ValidationRule.MAX_LENGTH
    return None if re.fullmatch(settings.username_pattern, username) else ValidationRule.PATTERN


def _describe_rules(settings: Settings) -> str:
    pattern = settings.username_pattern
    characters = CHARACTERS.get(pattern, f"characters that match `{pattern}`")
    length = f"{settings.username_min_length} to {settings.username_max_length}"
    return f"must have {length} {characters}; or be the e-mail address of the account"


def _find_email_error(email: str) -> Iterator[ValidationError]:
    if current_settings().email_reserved_domains == "allow":
        return
    if domain := identifiers.find_reserved_domain(email):
        reason = f"must not have the domain `{domain}`, which is reserved and receives no mail"
        yield ValidationError(EMAIL, ValidationRule.EMAIL_DOMAIN, reason)
