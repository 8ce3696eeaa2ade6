"""The number and the duration of requests, per operation.

prometheus-flask-exporter owns the registry and exports it. Its own request metrics cost 20 µs and
have labels from client input; these cost 7 µs, and their number is bounded: the route is the
matched template or "unmatched", the method is one of HTTP's or "other".

Several workers keep their figures in files of PROMETHEUS_MULTIPROC_DIR, which is set before this
module is imported; an export sums them.
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
# Reads take 1 to 5 ms, a password hash tens; database calls time out after about 2 s.
BUCKETS_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5)

exporter = PrometheusMetrics(None, path=None, export_defaults=False)
requests = Counter(
    "rollbook_requests",
    "Answered requests.",
    ("method", "route", "status"),
    registry=exporter.registry,
)
durations = Histogram(
    "rollbook_request_duration_seconds",
    "Time from a request's arrival at the application to its response.",
    ("method", "route"),
    buckets=BUCKETS_SECONDS,
    registry=exporter.registry,
)
build = Gauge(
    "rollbook_info",
    "The running version.",
    ("version",),
    registry=exporter.registry,
    multiprocess_mode="livemax",  # disappears with the last worker of that version
)
build.labels(version("rollbook")).set(1)


class Series(NamedTuple):
    """The two series of one kind of response, cached because a lookup by label is slower."""

    requests: Counter
    durations: Histogram


@cache  # bounded as the labels are
def _find_series(method: str, route: str, status: int) -> Series:
    return Series(requests.labels(method, route, status), durations.labels(method, route))


def count_request(exchange: "Exchange", method: str, status: int, seconds: float) -> None:
    """Count a finished request; all that match no route are one series."""
    series = _find_series(method if exchange.route else OTHER, exchange.route or UNMATCHED, status)
    series.requests.inc()
    series.durations.observe(seconds)


def export() -> Response:
    """Export the figures of all workers, in one format: Accept headers vary between versions."""
    content, media_type = exporter.generate_metrics()
    return Response(content, content_type=media_type)


def init_app(app: Flask, *, public: bool) -> None:
    """Serve ``/metrics`` on the public port too, if METRICS_PUBLIC is set.

    The exporter's own route answers 500 to ``name[]`` with several workers.
    """
    if public:
        app.add_url_rule("/metrics", "metrics", export)
