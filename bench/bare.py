"""A bare WSGI application: what a request costs before ours begins.

``python -m bench.bare`` serves it with the service's own server and options.
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
    """Return the application, after all that a worker of ours does."""
    from api.serving import worker  # noqa: PLC0415  after the parent has set up the metrics

    worker.start_worker()
    return wsgi


if __name__ == "__main__":
    server.APPLICATION = "bench.bare:start_worker"
    server.run(config.load())
