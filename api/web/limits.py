"""How often one client may ask: policies by name, counted for an actor or an address.

Flask-Limiter owns the storage (memory for one process, Redis for more) and its settings. Its
hooks around every request cost 32 µs even where no limit stands, so they stay off, and a request
is counted here: one increment, whose result also says what is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network
from math import ceil
from time import monotonic, time
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from limits import parse

from api.core.errors import RateLimited
from api.core.principal import Principal
from api.web.counters import ProcessMemory
from api.web.request_guard import EXCHANGE

# The policies of operations that name none of their own.
PER_PRINCIPAL, PER_CLIENT = "user", "address"
REDIS_TIMEOUTS = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}  # seconds
PAUSE_AFTER_FAILURE = 5.0  # seconds without asking a storage that did not answer

log = structlog.get_logger()


@dataclass(frozen=True)
class Policy:
    """At most ``quota`` requests in each window of ``window`` seconds."""

    name: str
    quota: int
    window: int

    @classmethod
    def parsed(cls, name: str, text: str) -> "Policy":
        """Read a text such as ``600 per minute``."""
        item = parse(text)
        return cls(name, item.amount, item.get_expiry())


class Limits:
    """Counts requests; where the storage is away, each process counts on its own."""

    def __init__(self, limiter: Limiter, policies: Mapping[str, str], processes: int) -> None:
        self.limiter = limiter
        self.policies = {name: Policy.parsed(name, text) for name, text in policies.items()}
        self.processes = processes
        self.fallback = ProcessMemory()
        self.silent_until = 0.0

    def count(self, name: str, key: str) -> None:
        """Count a request of this key, and leave what is left to be told with the answer.

        Raises:
            RateLimited: the policy's quota is used up.
        """
        policy = self.policies[name]
        now = time()
        window = int(now // policy.window)
        retry_after = ceil((window + 1) * policy.window - now)
        used = self._increment(f"rollbook/{name}/{key}/{window}", policy.window)
        if used > policy.quota:
            raise RateLimited(name, policy.quota, policy.window, retry_after)
        g.rate_limit = (policy, policy.quota - used, retry_after)

    def _increment(self, key: str, window: int) -> int:
        if monotonic() < self.silent_until:
            return self._increment_here(key, window)
        try:
            return self.limiter.storage.incr(key, window)
        except self.limiter.storage.base_exceptions as error:
            self.silent_until = monotonic() + PAUSE_AFTER_FAILURE
            log.warning("limits.storage_away", error=type(error).__name__)
            return self._increment_here(key, window)

    def _increment_here(self, key: str, window: int) -> int:
        """Count in this process; all together they allow the quota, and each at least one."""
        used = self.fallback.incr(key, window)
        return used if used == 1 else used * self.processes


@lru_cache(maxsize=4096)
def address_key(address: str) -> str:
    """Return what an address is counted by: an IPv6 client commands a whole /64."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address.partition('%')[0]}/64", strict=False))


def count(policy: str, key: str) -> None:
    limits: Limits | None = current_app.extensions["rollbook.limits"]
    if limits is not None:
        limits.count(policy, key)


def _count_strays() -> None:
    """Count what matches no route: it is answered from memory, but logged like anything else."""
    if request.url_rule is None:
        count(PER_CLIENT, client_key())


def client_key() -> str:
    """Return what the client of the request in hand is counted by."""
    return address_key(request.environ[EXCHANGE].client_address)


def principal_key(principal: Principal) -> str:
    """Return what the requests of an authenticated caller are counted by."""
    return f"{principal.kind}:{principal.id}"


def _tell(response: Response) -> Response:
    """Say what is left, as draft-ietf-httpapi-ratelimit-headers-10 has it."""
    told = g.get("rate_limit")
    if told and "RateLimit" not in response.headers:
        policy, left, reset = told
        name = f'"{policy.name}"'
        response.headers.add("RateLimit-Policy", f"{name};q={policy.quota};w={policy.window}")
        response.headers.add("RateLimit", f"{name};r={left};t={reset}")
    return response


def init_app(
    app: Flask, policies: Mapping[str, str], *, storage: str | None, processes: int, enabled: bool
) -> None:
    """Count by these policies (name to text such as ``600 per minute``), or not at all."""
    app.extensions["rollbook.limits"] = None
    if not enabled:
        return
    options: dict[str, Any] = dict(REDIS_TIMEOUTS) if storage else {}
    limiter = Limiter(
        key_func=lambda: "", storage_uri=storage or "process://", storage_options=options
    )
    app.extensions.setdefault("limiter", set()).add(limiter)  # already there: no hooks are set
    limiter.init_app(app)
    app.extensions["rollbook.limits"] = Limits(limiter, policies, processes)
    app.before_request(_count_strays)
    app.after_request(_tell)
