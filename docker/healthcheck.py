# ruff: noqa: INP001  a program, not a package
"""Ask the service in this container whether it is ready; the exit code tells.

It asks by the public name, since the service answers to no other.
"""

import os
from http.client import HTTPConnection
from urllib.parse import urlsplit

name = urlsplit(os.environ.get("PUBLIC_BASE_URL", "")).netloc or "127.0.0.1"
connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=4)
connection.request("GET", "/health/ready", headers={"Host": name})
raise SystemExit(connection.getresponse().status != 200)  # noqa: PLR2004  the one good status
