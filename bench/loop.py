"""``GET /api/me`` over and over in this process, for a tool that counts instructions.

``python -m bench.loop 250`` reads the service's settings and the caller's headers, as JSON, from
standard input. Everything between the server and the database is there: the making of the environ,
the edge, Flask, the limit in Redis, the query, and the log line.
"""

import gc
import json
import sys
from types import SimpleNamespace

from api.app import create_app
from api.serving.environ import environ_of
from api.web.request_guard import collected

WARM = 20  # requests, until caches are filled and the statement is prepared


def run(settings: dict[str, object], headers: dict[str, str], times: int) -> None:
    """Answer so many requests.

    Raises:
        SystemExit: an answer is no success, so that nothing is measured.
    """
    app = create_app(settings)
    gc.freeze()
    scope = SimpleNamespace(
        method="GET",
        path="/api/me",
        query_string="",
        http_version="1.1",
        client="127.0.0.1:40000",
        authority=None,
        headers={"host": f"127.0.0.1:{settings['port']}", "accept": "*/*", **headers},
    )
    for _ in range(WARM + times):
        status, _, body = collected(app.wsgi_app, environ_of(scope))
        if not status.startswith("200"):
            sys.exit(f"{status}: {body!r}")


if __name__ == "__main__":
    given = json.load(sys.stdin)
    run(given["settings"], given["headers"], int(sys.argv[1]))
