"""What a fuzzer cannot know from the contract: loaded by schemathesis, not by pytest.

The caller's own account and session are left alone: without them the rest of the run would only
see 401.
"""

import os

import schemathesis

ACCOUNT = os.environ.get("FUZZING_ACCOUNT")
ENDS_THIS = {None, "local", "global"}  # scopes of logging out, without one it is the first


@schemathesis.hook
def filter_case(context, case):
    own = case.path == "/api/me" or ACCOUNT in (case.path_parameters or {}).values()
    leaves = case.path == "/api/logout" and _scope(case.query) in ENDS_THIS
    return not (ACCOUNT and leaves) and (not own or case.method in {"GET", "HEAD"})


def _scope(query):
    """Return the scope that is asked for, where it is one: a fuzzer sends lists and objects too."""
    scope = (query or {}).get("scope")
    return scope if scope is None or isinstance(scope, str) else ""
