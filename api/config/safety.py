"""Rejects settings that are valid and unsafe."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from api.config.fields import Settings
from api.config.mail_servers import parse_mail_url
from api.config.problems import ConfigError

MIN_SECRET_BYTES = 32
# Placeholders consist of these words, also long ones.
PLACEHOLDER_WORDS = re.compile(
    r"change|default|development|example|insecure|jwt|key|password|placeholder|please|production"
    r"|random|replace|rollbook|secret|string|super|test|this|token|value|your|[^a-z0-9]"
)
MIN_OTHER_CHARACTERS = 16
MIN_DIFFERENT_CHARACTERS = 8
MIN_ARGON2_MEMORY_KIB, MIN_ARGON2_TIME_COST = 19_456, 2  # OWASP's minimum for argon2id


def reject_unsafe(settings: Settings) -> None:
    """Check that the settings are safe in their environment.

    Raises:
        ConfigError: it names each setting that is not.
    """
    found = [*_find_weak_secrets(settings), *_find_contradictions(settings)]
    if settings.production:
        found += [
            *_find_exposure(settings),
            *_find_weak_passwords(settings),
            *_find_missing_limits(settings),
            *_find_open_look_ups(settings),
        ]
    if found:
        raise ConfigError(*found)


def _find_contradictions(settings: Settings) -> Iterator[str]:
    has_options = "options" in parse_qs(urlsplit(settings.database_url).query)
    if settings.database_transaction_pooling and has_options:
        yield (
            "DATABASE_URL: options do not pass a pooler (DATABASE_TRANSACTION_POOLING); set them "
            "with ALTER ROLE or ALTER DATABASE"
        )
    hosts = {settings.host, settings.metrics_host}
    shares_port = settings.port == settings.metrics_port != 0
    listens_everywhere = any(ip_address(host).is_unspecified for host in hosts)
    if settings.production and shares_port and (len(hosts) == 1 or listens_everywhere):
        yield "METRICS_PORT: has to differ from PORT"
    if settings.mail_url and not settings.mail_from:
        yield "MAIL_FROM: required with MAIL_URL"
    if settings.username_min_length > settings.username_max_length:
        yield "USERNAME_MIN_LENGTH: has to be at most USERNAME_MAX_LENGTH"


def _find_weak_secrets(settings: Settings) -> Iterator[str]:
    if not settings.secret:
        yield "ENCRYPTION_KEY: required"
    elif settings.production and not settings.encryption_key:
        yield "ENCRYPTION_KEY: required in production, where JWT_SECRET_KEY alone is not enough"
    if not settings.testing:
        yield from _check_secret("ENCRYPTION_KEY", settings.encryption_key)
        yield from _check_secret("JWT_SECRET_KEY", settings.jwt_secret_key)


def _check_secret(name: str, secret: str | None) -> Iterator[str]:
    if secret is None:
        return
    if len(secret.encode()) < MIN_SECRET_BYTES:
        yield f"{name}: needs at least {MIN_SECRET_BYTES} bytes"
    elif _is_placeholder(secret):
        yield f"{name}: looks like a placeholder; make one with: openssl rand -base64 48"


def _is_placeholder(secret: str) -> bool:
    left = PLACEHOLDER_WORDS.sub("", secret.lower())
    repeats = secret in (secret + secret)[1:-1]
    return len(left) < MIN_OTHER_CHARACTERS or len(set(left)) < MIN_DIFFERENT_CHARACTERS or repeats


def _find_exposure(settings: Settings) -> Iterator[str]:
    if settings.debug:
        yield "DEBUG: has to be off in production, since it shows internals of the service"
    if not settings.public_base_url:
        yield "PUBLIC_BASE_URL: required in production"
    elif not (_is_https(settings.public_base_url) or _is_loopback(settings.public_base_url)):
        yield "PUBLIC_BASE_URL: has to be https in production"
    if settings.mail_url and not (settings.mail_unencrypted or _is_private(settings.mail_url)):
        yield (
            "MAIL_URL: has to be smtp+starttls or smtps in production, unless the mail server is "
            "on a loopback address or MAIL_UNENCRYPTED is set"
        )
    if settings.email_verification == "required" and not settings.mail_url:
        yield "EMAIL_VERIFICATION: required needs MAIL_URL, or no user can confirm an address"
    if "*" in settings.allowed_hosts:
        yield "ALLOWED_HOSTS: has to name hosts in production"
    if "*" in settings.cors_origins:
        yield "CORS_ORIGINS: has to name origins in production"


def _find_weak_passwords(settings: Settings) -> Iterator[str]:
    if not settings.password_blocklist:
        yield "PASSWORD_BLOCKLIST: cannot be off in production"
    if settings.argon2_memory_kib < MIN_ARGON2_MEMORY_KIB:
        yield f"ARGON2_MEMORY_KIB: needs at least {MIN_ARGON2_MEMORY_KIB} in production"
    if settings.argon2_time_cost < MIN_ARGON2_TIME_COST:
        yield f"ARGON2_TIME_COST: needs at least {MIN_ARGON2_TIME_COST} in production"


def _find_missing_limits(settings: Settings) -> Iterator[str]:
    if not settings.limits_enabled:
        yield "LIMITS_ENABLED: cannot be off in production"
    if settings.workers > 1 and not settings.redis_url:
        yield "WORKERS: more than one needs REDIS_URL, or each counts limits for itself"


def _is_private(mail_url: str) -> bool:
    server = parse_mail_url(mail_url)
    return server.scheme != "smtp" or server.is_local


def _find_open_look_ups(settings: Settings) -> Iterator[str]:
    url = settings.password_breach_url
    if url and not (_is_https(url) or _is_loopback(url)):
        yield "PASSWORD_BREACH_URL: has to be https in production"


def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
