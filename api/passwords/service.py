"""Checking new passwords against the policy, and verifying passwords of existing accounts."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from api.core.errors import InvalidRequest, Overloaded, ValidationError
from api.core.runtime import current_settings
from api.core.validation_rules import ValidationRule
from api.passwords import attempts, breaches, hashing, rules
from api.passwords.attempts import COSTLY_WEIGHT, Attempt, Counted, Pause
from api.passwords.errors import TooManyAttempts


def check_policy(
    password: str, *, context: Iterable[str | None], pointer: str = "/password"
) -> None:
    """Check a new password against the policy.

    ``context`` has the names of its owner; None is no name. ``pointer`` is the JSON pointer to the
    password in the request.

    It may ask another service (PASSWORD_BREACH_URL), so call it while no connection is in use.

    Raises:
        InvalidRequest: the password breaks a rule.
        PasswordCheckUnavailable: it cannot be checked, and must be (PASSWORD_BREACH_FAILURE).
    """
    settings = current_settings()
    errors = rules.find_errors(
        password,
        pointer=pointer,
        minimum=settings.password_min_length,
        context=filter(None, context),
        common=settings.password_blocklist,
    )
    if found := list(errors):
        raise InvalidRequest(found)
    if breaches.is_breached(password):
        message = "must not be known from a breach"
        raise InvalidRequest(
            [ValidationError(pointer, ValidationRule.PASSWORD_BLOCKLISTED, message)]
        )


def require_different(new: str, current: str, *, pointer: str) -> None:
    """Check that a new password is not the current one, in any normal form.

    Raises:
        InvalidRequest: it is.
    """
    if hashing.normalize_password(new) == hashing.normalize_password(current):
        message = "must differ from the temporary password"
        raise InvalidRequest([ValidationError(pointer, ValidationRule.PASSWORD_UNCHANGED, message)])


class Verification(NamedTuple):
    """Whether a password matches; if not, the pause that begins with this attempt."""

    matches: bool
    pause: Pause | None = None


def match(stored: str | None, password: str, *, attempt: Attempt) -> bool:
    """Count the attempt, and return whether the password matches the stored hash.

    Raises:
        TooManyAttempts, Overloaded: as ``verify``.
    """
    return verify(stored, password, attempt=attempt).matches


def verify(
    stored: str | None, password: str, *, attempt: Attempt, device: Attempt | None = None
) -> Verification:
    """Count the attempt, and verify the password with the stored hash.

    Pass None for an account that does not exist or is suspended. That takes as long, never
    matches, and does not clear the counters. ``device`` counts in place of ``attempt`` while its
    quota lasts.

    Raises:
        TooManyAttempts: there were too many attempts. The password is not verified.
        Overloaded: the service is at its capacity. The attempt does not count.
    """
    if hashing.current_hashing().is_costly(stored):
        attempt = replace(attempt, weight=COSTLY_WEIGHT)
        device = device and replace(device, weight=COSTLY_WEIGHT)
    attempt, counted = _count(attempt, device)
    try:
        matches = hashing.verify(stored if counted.may_verify else None, password)
    except Overloaded:
        attempts.give_back(attempt)
        raise
    if matches:
        attempts.forget(attempt)
        return Verification(matches=True)
    return Verification(matches=False, pause=counted.pause)


def _count(attempt: Attempt, device: Attempt | None) -> tuple[Attempt, Counted]:
    """Count an attempt of a device, or beyond its quota an attempt as without a device."""
    if device is not None:
        with suppress(TooManyAttempts):
            return device, Counted(attempts.count(device).may_verify)
    return attempt, attempts.count(attempt)
