"""Rate limits: named policies, counted per principal or per client IP address.

Flask-Limiter configures the storage: memory for one process, Redis for several. Its hooks cost
32 µs on every request, also without a limit, so they are not installed. The dispatcher counts a
request instead: one increment, whose result is also the rest of the quota.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network
from math import ceil
from time import monotonic, time
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter
from limits import parse
from prometheus_client import Gauge

from api.core.errors import RateLimited
from api.core.outages import log_outage
from api.core.principal import ApiKeyCredential, Principal
from api.web.counters import REDIS_TIMEOUTS, ProcessMemory
from api.web.metrics import exporter
from api.web.request_guard import EXCHANGE

# The policies of operations that name none of their own.
PER_PRINCIPAL, PER_CLIENT = "user", "address"
PER_API_KEY = "api_key"  # instead of PER_PRINCIPAL; a key can have a limit of its own
STORAGE_PAUSE_SECONDS = 5.0  # after a failure, in which each process counts alone

storage_away = Gauge(
    "rollbook_redis_away",
    "1 if a worker counts rate limits on its own, because Redis did not answer, else 0.",
    registry=exporter.registry,
    multiprocess_mode="livemax",
)


@dataclass(frozen=True)
class Policy:
    """At most ``quota`` requests in each window of ``window`` seconds."""

    name: str
    quota: int
    window: int

    @classmethod
    def parse(cls, name: str, text: str) -> "Policy":
        """Parse a text such as ``600 per minute``."""
        item = parse(text)
        return cls(name, item.amount, item.get_expiry())


class Limits:
    """Counts requests. While the storage does not answer, each process counts on its own.

    Policies in ``local`` are counted in each process alone, without the storage.
    """

    def __init__(
        self,
        limiter: Limiter,
        policies: Mapping[str, str],
        processes: int,
        local: Collection[str] = (),
    ) -> None:
        self.limiter = limiter
        self.policies = {name: Policy.parse(name, text) for name, text in policies.items()}
        self.processes = processes
        self.local = frozenset(local)
        self.process_counts = ProcessMemory()
        self.paused_until = 0.0

    def count(self, name: str, key: str, *, per_minute: int | None = None) -> None:
        """Count a request under this key; the rest of the quota goes into the response.

        ``per_minute`` is a quota that replaces that of the policy, unless it allows more.

        Raises:
            RateLimited: the quota is exhausted.
        """
        policy = self.policies[name]
        if per_minute:  # the operator can have lowered the policy since
            policy = Policy(name, min(per_minute, max(1, policy.quota * 60 // policy.window)), 60)
        window, retry_after = _find_window(policy)
        increment = self.process_counts.incr if name in self.local else self._increment
        used = increment(f"rollbook/{name}/{key}/{window}", policy.window)
        if used > policy.quota:
            raise RateLimited(name, policy.quota, policy.window, retry_after)
        g.rate_limit = (policy, policy.quota - used, retry_after)

    def require_quota(self, name: str, key: str) -> None:
        """Check that a further request under this key is within its quota, without counting it.

        Raises:
            RateLimited: the quota is exhausted.
        """
        policy = self.policies[name]
        window, retry_after = _find_window(policy)
        if self._read(f"rollbook/{name}/{key}/{window}") >= policy.quota:
            raise RateLimited(name, policy.quota, policy.window, retry_after)

    def _read(self, key: str) -> int:
        try:
            if monotonic() >= self.paused_until:
                return self.limiter.storage.get(key)
        except self.limiter.storage.base_exceptions:
            pass  # it is logged when a request is counted
        return self.process_counts.get(key) * self.processes

    def _increment(self, key: str, window: int) -> int:
        if monotonic() < self.paused_until:
            return self._increment_locally(key, window)
        try:
            used = self.limiter.storage.incr(key, window)
        except self.limiter.storage.base_exceptions as error:
            self.paused_until = monotonic() + STORAGE_PAUSE_SECONDS
            storage_away.set(1)
            log_outage("limits.storage_away", reason=f"{type(error).__name__}: {error}")
            return self._increment_locally(key, window)
        if self.paused_until:
            self.paused_until = 0.0
            storage_away.set(0)
        return used

    def _increment_locally(self, key: str, window: int) -> int:
        """Count in this process; all processes together allow the quota, and each at least one."""
        used = self.process_counts.incr(key, window)
        return used if used == 1 else used * self.processes


def _find_window(policy: Policy) -> tuple[int, int]:
    """Return the number of the current window, and the seconds until the next one."""
    now = time()
    window = int(now // policy.window)
    return window, ceil((window + 1) * policy.window - now)


@lru_cache(maxsize=4096)
def address_key(address: str) -> str:
    """Return what a client IP address is counted by: for IPv6 its /64 network."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address}/64", strict=False))


def count(policy: str, key: str, *, per_minute: int | None = None) -> None:
    limits: Limits | None = current_app.extensions["rollbook.limits"]
    if limits is not None:
        limits.count(policy, key, per_minute=per_minute)


def require_quota(policy: str, key: str) -> None:
    """Check that a further request is within its quota, before costly work, without counting it.

    Raises:
        RateLimited: the quota is exhausted.
    """
    limits: Limits | None = current_app.extensions["rollbook.limits"]
    if limits is not None:
        limits.require_quota(policy, key)


def count_principal(policy: str, principal: Principal) -> None:
    """Count a request of a principal: each API key by itself, a service account by its id.

    For a program the policy of the operation does not count yet. Otherwise a key without any
    permission could use up what its owner may do.
    """
    credential = principal.credential
    if isinstance(credential, ApiKeyCredential):
        key = f"{PER_API_KEY}:{credential.id}"
        count(PER_API_KEY, key, per_minute=credential.requests_per_minute)
    else:
        count(PER_PRINCIPAL if principal.acts_by_machine else policy, _make_key(principal))


def count_authorised_program(policy: str, principal: Principal) -> None:
    """Count a request that a program may make under a policy that its owner shares with it."""
    if principal.acts_by_machine and policy != PER_PRINCIPAL:
        count(policy, _make_key(principal))


def _make_key(principal: Principal) -> str:
    return f"{principal.kind}:{principal.id}"


def _count_unmatched() -> None:
    """Count requests that match no route; no dispatcher counts them."""
    if request.url_rule is None:
        count(PER_CLIENT, client_key())


def client_key() -> str:
    """Return what a request without a principal is counted by."""
    return address_key(request.environ[EXCHANGE].client_address)


def _add_headers(response: Response) -> Response:
    """Add the rest of the quota (draft-ietf-httpapi-ratelimit-headers-10)."""
    counted = g.get("rate_limit")
    if counted and "RateLimit" not in response.headers:
        policy, left, reset = counted
        name = f'"{policy.name}"'
        response.headers.add("RateLimit-Policy", f"{name};q={policy.quota};w={policy.window}")
        response.headers.add("RateLimit", f"{name};r={left};t={reset}")
    return response


def init_app(  # noqa: PLR0913  each is named where it is called
    app: Flask,
    policies: Mapping[str, str],
    *,
    storage: str | None,
    processes: int,
    enabled: bool,
    local: Collection[str] = (),
) -> None:
    """Install these policies (name to text such as ``600 per minute``), unless disabled.

    Policies in ``local`` are counted in each process alone, without the storage.
    """
    app.extensions["rollbook.limits"] = None
    if not enabled:
        return
    options: dict[str, Any] = dict(REDIS_TIMEOUTS) if storage else {}
    limiter = Limiter(
        key_func=lambda: "", storage_uri=storage or "process://", storage_options=options
    )
    app.extensions.setdefault("limiter", set()).add(limiter)  # so that it installs no hooks
    limiter.init_app(app)
    app.extensions["rollbook.limits"] = Limits(limiter, policies, processes, local)
    app.before_request(_count_unmatched)
    app.after_request(_add_headers)
