"""The number and the duration of requests, per operation.

prometheus-flask-exporter owns the registry and exports it. Its own request metrics cost 20 µs and
have labels from client input; these cost 7 µs, and their number is bounded: the route is the
matched template or "unmatched", the method is one of HTTP's or "other".

Several workers keep their figures in files of PROMETHEUS_MULTIPROC_DIR, which is set before this
module is imported; an export sums them.
"""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_flask_exporter import PrometheusMetrics

from api.web.process_metrics import ServiceProcesses

if TYPE_CHECKING:
    from api.web.request_guard import Environ, Exchange

WsgiApplication = Callable[["Environ", Callable[..., Any]], Iterable[bytes]]

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
in_flight = Gauge(
    "rollbook_requests_in_flight",
    "Requests that are being answered now.",
    registry=exporter.registry,
    multiprocess_mode="livesum",
)
dropped_log_lines = Counter(
    "rollbook_log_lines_dropped",
    "Log lines that were dropped, since they could not be written in time.",
    ("output",),
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


class RequestsInFlight:
    """WSGI middleware that counts the requests that are being answered."""

    def __init__(self, wsgi_app: WsgiApplication) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: "Environ", start_response: Callable[..., Any]) -> Iterable[bytes]:
        in_flight.inc()
        try:
            return self.wsgi_app(environ, start_response)
        finally:
            in_flight.dec()


def count_dropped_line(output: str) -> None:
    """Count a log line that could not be written to ``stdout`` or to the ``file``."""
    dropped_log_lines.labels(output).inc()


def export() -> Response:
    """Export the figures of all workers, in one format: Accept headers vary between versions."""
    content, media_type = exporter.generate_metrics()
    return Response([content, *_export_processes()], content_type=media_type)


def _export_processes() -> Iterator[bytes]:
    """Export what the processes use, if this is a worker of `rollbook serve`.

    Elsewhere the registry of prometheus_client has the metrics of the one process.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        registry = CollectorRegistry()
        registry.register(ServiceProcesses(parent.pid))
        yield generate_latest(registry)


def init_app(app: Flask, *, public: bool) -> None:
    """Serve ``/metrics`` on the public port too, if METRICS_PUBLIC is set.

    The exporter's own route answers 500 to ``name[]`` with several workers.
    """
    if public:
        app.add_url_rule("/metrics", "metrics", export)
