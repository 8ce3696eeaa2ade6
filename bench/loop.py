"""Repeats ``GET /api/me`` in this process, for a tool that counts instructions.

``python -m bench.loop 250`` reads the settings of the service and the headers of the request, as
JSON, from standard input. The request passes everything except the server: the request guard,
Flask, the limit in Redis, the query and the log line.
"""

import gc
import json
import sys
from io import BytesIO

from api.app import create_app
from api.web.request_guard import run_application

WARM_UP_REQUESTS = 20  # to fill the caches and prepare the statement


def run(settings: dict[str, object], headers: dict[str, str], requests: int) -> None:
    """Process a number of requests.

    Raises:
        SystemExit: a response has no status 200, so the figure would mean nothing.
    """
    app = create_app(settings)
    gc.freeze()
    environ = make_environ(f"127.0.0.1:{settings['port']}", headers)
    for _ in range(WARM_UP_REQUESTS + requests):
        status, _, body = run_application(app.wsgi_app, {**environ})
        if not status.startswith("200"):
            sys.exit(f"{status}: {body!r}")


def make_environ(host: str, headers: dict[str, str]) -> dict[str, object]:
    """Return the WSGI environment of granian, without the variables of the process."""
    names = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/api/me",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "HTTP_ACCEPT": "*/*",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        **names,
    }


if __name__ == "__main__":
    arguments = json.load(sys.stdin)
    run(arguments["settings"], arguments["headers"], int(sys.argv[1]))
