# ruff: noqa: INP001  a program, not a package
"""Exit with 0 if the service in this container is ready, else with 1."""

import os
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=4)
connection.request("GET", "/health/ready")
raise SystemExit(connection.getresponse().status != 200)  # noqa: PLR2004  the one good status
