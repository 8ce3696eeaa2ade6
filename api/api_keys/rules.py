"""The rules for the members of a new API key that its schema cannot express."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from api.api_keys.models import ApiKey
from api.api_keys.owners import Owner
from api.api_keys.schemas import ApiKeyCreation
from api.core import clock
from api.core.errors import InvalidRequest, ValidationError
from api.core.networks import normalise_network
from api.core.principal import PrincipalKind
from api.core.runtime import current_settings
from api.core.validation_rules import ValidationRule

LATEST_TIMESTAMP = datetime.max.replace(tzinfo=UTC)


def find_expiry(body: ApiKeyCreation, owner: Owner) -> datetime | None:
    """Return when a new key expires; that of a user does so at the latest after API_KEY_MAX_DAYS.

    Raises:
        InvalidRequest: it would never expire, or too late, or it has already.
    """
    latest = _find_latest_expiry(owner)
    if "expires_at" not in body:
        return latest
    text = body["expires_at"]
    if text is None:
        if latest is not None:
            raise _make_error(ValidationRule.REQUIRED, "keys of users must expire")
        return None
    expires_at = datetime.fromisoformat(text.upper()).astimezone(UTC)
    if expires_at <= clock.now():
        raise _make_error(ValidationRule.PAST, "must be in the future")
    if latest is not None and expires_at > latest:
        days = current_settings().api_key_max_days
        raise _make_error(ValidationRule.TOO_LATE, f"must be at most {days} days from now")
    return expires_at


def find_next_expiry(key: ApiKey, owner: Owner) -> datetime | None:
    """Return when the successor of a key expires: after the same time as the key itself."""
    latest = _find_latest_expiry(owner)
    if key.expires_at is None:
        return latest
    now = clock.now()
    lifetime = min(key.expires_at - key.created_at, LATEST_TIMESTAMP - now)
    return now + lifetime if latest is None else min(now + lifetime, latest)


def check_limit(requests_per_minute: int | None) -> None:
    """Reject a limit above that of keys without one.

    Raises:
        InvalidRequest
    """
    maximum = current_settings().api_key_max_requests_per_minute
    if requests_per_minute is not None and requests_per_minute > maximum:
        message = f"must be {maximum} or less"
        error = ValidationError("/requests_per_minute", ValidationRule.MAXIMUM, message)
        raise InvalidRequest([error])


def normalise_networks(networks: Iterable[str] | None) -> list[str] | None:
    if networks is None:
        return None
    return list(dict.fromkeys(map(normalise_network, networks)))


def _find_latest_expiry(owner: Owner) -> datetime | None:
    days = current_settings().api_key_max_days
    if owner.kind is not PrincipalKind.USER or days == 0:
        return None
    return clock.now() + timedelta(days=days)


def _make_error(rule: ValidationRule, message: str) -> InvalidRequest:
    return InvalidRequest([ValidationError("/expires_at", rule, message)])
