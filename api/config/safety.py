"""Settings that are well formed and still do not start."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from api.config.fields import Settings
from api.config.problems import ConfigError

SHORTEST_SECRET = 32
# What people leave in place of a secret is made of these, however long they make it.
PLACEHOLDER_WORDS = re.compile(
    r"change|default|development|example|insecure|jwt|key|password|placeholder|please|production"
    r"|random|replace|rollbook|secret|string|super|test|this|token|value|your|[^a-z0-9]"
)
LEFT_WITHOUT_WORDS = 16
DIFFERENT_CHARACTERS = 8
HASH_MEMORY_KIB, HASH_PASSES = 19_456, 2  # OWASP's floor for argon2id


def refuse_unsafe(settings: Settings) -> None:
    """Refuse to start.

    Raises:
        ConfigError: naming each setting that is unsafe in this environment.
    """
    found = list(_secrets(settings))
    if settings.production:
        found += [*_exposed(settings), *_lenient(settings), *_uncounted(settings)]
    if found:
        raise ConfigError("; ".join(found))


def _secrets(settings: Settings) -> Iterator[str]:
    if not settings.secret:
        yield "ENCRYPTION_KEY: required"
    elif settings.production and not settings.encryption_key:
        yield "ENCRYPTION_KEY: required in production, where JWT_SECRET_KEY alone is not enough"
    if not settings.testing:
        yield from _weak("ENCRYPTION_KEY", settings.encryption_key)
        yield from _weak("JWT_SECRET_KEY", settings.jwt_secret_key)


def _weak(name: str, secret: str | None) -> Iterator[str]:
    if secret is None:
        return
    if len(secret.encode()) < SHORTEST_SECRET:
        yield f"{name}: needs at least {SHORTEST_SECRET} bytes"
    elif _placeholder(secret):
        yield f"{name}: looks like a placeholder; make one with: openssl rand -base64 48"


def _placeholder(secret: str) -> bool:
    left = PLACEHOLDER_WORDS.sub("", secret.lower())
    repeats = secret in (secret + secret)[1:-1]
    return len(left) < LEFT_WITHOUT_WORDS or len(set(left)) < DIFFERENT_CHARACTERS or repeats


def _exposed(settings: Settings) -> Iterator[str]:
    if settings.debug:
        yield "DEBUG: shows the inside of the service, not in production"
    if not settings.public_base_url:
        yield "PUBLIC_BASE_URL: required in production"
    elif not (_encrypted(settings.public_base_url) or _loopback(settings.public_base_url)):
        yield "PUBLIC_BASE_URL: has to be https in production"
    if "*" in settings.allowed_hosts:
        yield "ALLOWED_HOSTS: has to name hosts in production"
    if "*" in settings.cors_origins:
        yield "CORS_ORIGINS: has to name origins in production"


def _lenient(settings: Settings) -> Iterator[str]:
    if not settings.password_blocklist:
        yield "PASSWORD_BLOCKLIST: cannot be off in production"
    if settings.argon2_memory_kib < HASH_MEMORY_KIB:
        yield f"ARGON2_MEMORY_KIB: needs at least {HASH_MEMORY_KIB} in production"
    if settings.argon2_time_cost < HASH_PASSES:
        yield f"ARGON2_TIME_COST: needs at least {HASH_PASSES} in production"


def _uncounted(settings: Settings) -> Iterator[str]:
    if not settings.limits_enabled:
        yield "LIMITS_ENABLED: cannot be off in production"
    if settings.workers > 1 and not settings.redis_url:
        yield "WORKERS: more than one needs REDIS_URL, or each counts limits for itself"


def _encrypted(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
