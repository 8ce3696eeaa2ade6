"""What a fuzzer cannot know from the contract: loaded by schemathesis, not by pytest.

The caller's own account and session are left alone: without them the rest of the run would only
see 401.
"""

import os

import schemathesis

ACCOUNT, SESSION = os.environ.get("FUZZING_ACCOUNT"), os.environ.get("FUZZING_SESSION")


@schemathesis.hook
def filter_case(context, case):
    if ACCOUNT is None or case.method in {"GET", "HEAD"}:
        return True
    ids = (case.path_parameters or {}).values()
    return not (ACCOUNT in ids or SESSION in ids or leaves(case))


def leaves(case):
    """Tell whether it ends the session; what is no text may be written as one, such as [local]."""
    scope = (case.query or {}).get("scope")
    harmless = isinstance(scope, str) and scope not in {"local", "global"}
    return case.path == "/api/logout" and not harmless
