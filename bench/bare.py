"""A bare WSGI application behind the service's own server: what a request costs before ours begins.

``python -m bench.bare`` serves it behind the same supervisor, settings and front as the service;
``bench.bare:wsgi`` is for granian's own WSGI interface, without our front.
"""

from collections.abc import Callable, Iterable
from typing import Any

from api import config
from api.serving import supervisor
from api.serving.front import Bridge

BODY = b'{"message":"' + b"x" * 252 + b'"}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def wsgi(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [*HEADERS])
    return [BODY]


def application() -> Bridge:
    return Bridge(wsgi)


if __name__ == "__main__":
    supervisor.FRONT = "bench.bare"
    supervisor.supervise(config.load())
