"""Counts in Redis as rate limits do."""

from collections.abc import Iterator

from api.config import Settings
from api.doctor.problems import Problem
from api.web.counters import open_storage

KEY, KEPT_SECONDS = "rollbook/doctor", 1


def check_redis(settings: Settings) -> Iterator[Problem]:
    """Report why the workers cannot count rate limits together."""
    if settings.redis_url is None:
        return
    storage = open_storage(settings.redis_url)
    try:
        storage.incr(KEY, KEPT_SECONDS)
    except storage.base_exceptions as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        yield Problem(
            "REDIS_URL", reason, "check host, port and password, and whether Redis takes writes"
        )
