"""The error of a service that is not ready."""

from typing import ClassVar

from api.core.errors import MemberSchemas, Unavailable


class NotReady(Unavailable):
    """It names each check and its outcome, but no host and no version."""

    code = "not_ready"
    title = "Not ready"
    detail = "The service cannot process requests now. `checks` names the check that fails."
    remedy = "Send requests to another instance until this one is ready."
    member_schemas: ClassVar[MemberSchemas] = {
        "checks": {
            "type": "object",
            "additionalProperties": {"type": "string", "maxLength": 500},
            "description": "Each check and its outcome: `ok`, or the failure",
        }
    }

    example_arguments = ({"database": "ok", "schema": "behind", "keys": "unknown"},)

    def __init__(self, checks: dict[str, str]) -> None:
        super().__init__()
        self.members["checks"] = checks
