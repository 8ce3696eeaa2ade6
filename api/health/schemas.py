"""The responses of the health checks."""

from api.health.service import BreachLookUp, DatabaseStatus, KeysStatus, SchemaStatus
from api.web.fields import Enum, Nested
from api.web.schemas import Model

STATUS = Enum(["ok"], required=True, description="`ok`; otherwise the response is an error")

checks = Model(
    "Checks",
    {
        "database": Enum(
            DatabaseStatus,
            required=True,
            description="Whether the database answers and takes writes. `read_only` is a standby.",
        ),
        "schema": Enum(
            SchemaStatus,
            required=True,
            description="Whether the schema is that of this version. `behind` needs a migration.",
        ),
        "keys": Enum(
            KeysStatus,
            required=True,
            description="Whether tokens can be signed. `locked` keys are encrypted with another "
            "ENCRYPTION_KEY; `unknown` if another check fails.",
        ),
    },
    description="The result of each check.",
    example={"database": "ok", "schema": "ok", "keys": "ok"},
)
liveness = Model(
    "Liveness",
    {"status": STATUS},
    description="The process answers.",
    example={"status": "ok"},
)
readiness = Model(
    "Readiness",
    {
        "status": STATUS,
        "checks": Nested(checks, required=True, description="The checks, all of them `ok`"),
        "breach_look_up": Enum(
            BreachLookUp,
            required=True,
            description="Whether new passwords are looked up in breaches (PASSWORD_BREACH_URL), "
            "and whether they are accepted or rejected if that fails (PASSWORD_BREACH_FAILURE). "
            "It is a setting: the look-up is not tried.",
        ),
    },
    description="The service can process requests.",
    example={
        "status": "ok",
        "checks": {"database": "ok", "schema": "ok", "keys": "ok"},
        "breach_look_up": "off",
    },
)
