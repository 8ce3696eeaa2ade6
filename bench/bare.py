"""A bare WSGI application, which shows what a request costs without the service.

``python -m bench.bare`` serves it with the server and the options of the service.
"""

from collections.abc import Callable, Iterable
from typing import Any

from api import config
from api.serving import server

BODY = b'{"message":"' + b"x" * 252 + b'"}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def wsgi(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [*HEADERS])
    return [BODY]


def start_worker() -> Callable[..., Iterable[bytes]]:
    """Start a worker as the service does, and return the application."""
    from api.serving import worker  # noqa: PLC0415  after the parent has set up the metrics

    worker.start_worker()
    return wsgi


if __name__ == "__main__":
    server.APPLICATION = "bench.bare:start_worker"
    server.run(config.load())
