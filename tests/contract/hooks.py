"""What a fuzzer cannot know from the contract: loaded by schemathesis, not by pytest.

The caller's own account is left alone: without it the rest of the run would only see 401.
"""

import os

import schemathesis

ACCOUNT = os.environ.get("FUZZING_ACCOUNT")


@schemathesis.hook
def filter_case(context, case):
    own = ACCOUNT in (case.path_parameters or {}).values()
    return not own or case.method in {"GET", "HEAD"}
