"""How many requests, and how long they take: by operation, never by whom or what for.

prometheus-flask-exporter keeps and exports the figures. Its own request metrics cost 20 µs and
label by what clients send; these cost 7 µs, and their number is bounded: a route is the template
it was matched by, all that match none are one, and methods are those that HTTP knows.

With several workers each keeps its figures in a file of PROMETHEUS_MULTIPROC_DIR, which the
supervisor sets before this is imported; they are summed when asked for.
"""

from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Response
from prometheus_client import Counter, Gauge, Histogram
from prometheus_flask_exporter import PrometheusMetrics

if TYPE_CHECKING:
    from api.web.request_guard import Exchange

UNMATCHED, OTHER = "unmatched", "other"
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# Reads take 1 to 5 ms, a password tens, and after 2 s or so the database is given up.
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5)

exporter = PrometheusMetrics(None, path=None, export_defaults=False)
requests = Counter(
    "rollbook_requests",
    "Requests answered.",
    ("method", "route", "status"),
    registry=exporter.registry,
)
durations = Histogram(
    "rollbook_request_duration_seconds",
    "Time from a request's arrival at the application to its answer.",
    ("method", "route"),
    buckets=SECONDS,
    registry=exporter.registry,
)
build = Gauge(
    "rollbook_info",
    "The version that runs.",
    ("version",),
    registry=exporter.registry,
    multiprocess_mode="livemax",  # leaves with the last worker of that version
)
build.labels(version("rollbook")).set(1)


class Children(NamedTuple):
    """The two series of one kind of answer; looking them up by label costs more than counting."""

    requests: Counter
    durations: Histogram


@cache  # bounded as the labels are
def _children(method: str, route: str, status: int) -> Children:
    return Children(requests.labels(method, route, status), durations.labels(method, route))


def finished(exchange: "Exchange", method: str, status: int, seconds: float) -> None:
    """Count a request; what matched no route is one series, whatever its method was."""
    known = exchange.route and method in METHODS
    children = _children(method if known else OTHER, exchange.route or UNMATCHED, status)
    children.requests.inc()
    children.durations.observe(seconds)


def export() -> Response:
    """Answer Prometheus, over all workers; in one format, since parsing Accept fails on some."""
    content, media_type = exporter.generate_metrics()
    return Response(content, content_type=media_type)


def init_app(app: Flask, *, public: bool) -> None:
    """Offer the figures beside the API too, where the operator says so.

    A route of its own, since the exporter's fails (500) on ``name[]`` with several workers.
    """
    if public:
        app.add_url_rule("/metrics", "metrics", export)
