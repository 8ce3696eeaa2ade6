"""Hooks for schemathesis, which loads this module itself.

They protect the account and the session of the caller: without them the rest of the run would get
only 401. Links can lead to both, so each request is checked just before it is sent.
"""

import os

import schemathesis
from hypothesis import strategies

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
OWN = {os.environ.get("FUZZING_ACCOUNT"), os.environ.get("FUZZING_SESSION")} - {None}

schemathesis.openapi.format("name", strategies.text("abcxyzABC -'", min_size=1, max_size=80))
schemathesis.openapi.format("external-id", strategies.text("abcxyzABC019|-", min_size=1))
schemathesis.openapi.format("username", strategies.text("abcxyzABC019._-", min_size=3, max_size=32))

schemathesis.serializer.alias("application/x-ndjson", "text/plain")


@schemathesis.hook
def before_call(context, case, **_):
    if not OWN or case.method in {"GET", "HEAD"}:
        return
    for name, value in (case.path_parameters or {}).items():
        if str(value) in OWN:
            case.path_parameters[name] = UNKNOWN
    if case.path == "/api/logout" and ends_own_session(case.query or {}):
        case.query = {"scope": "others"}


def ends_own_session(query):
    """Return whether the session ends; another type may be written as text, such as [local]."""
    scope = query.get("scope")
    return not isinstance(scope, str) or scope in {"local", "global"}
