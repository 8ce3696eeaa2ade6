"""The responses of the health checks."""

from api.health.service import DatabaseStatus, KeysStatus, SchemaStatus
from api.web.fields import Enum, Nested
from api.web.schemas import Model

STATUS = Enum(["ok"], required=True)

checks = Model(
    "Checks",
    {
        "database": Enum(
            DatabaseStatus,
            required=True,
            description="Whether the database answers and takes writes",
        ),
        "schema": Enum(
            SchemaStatus,
            required=True,
            description="Whether the schema is that of this version",
        ),
        "keys": Enum(KeysStatus, required=True, description="Whether tokens can be signed"),
    },
)
liveness = Model("Liveness", {"status": STATUS}, example={"status": "ok"})
readiness = Model(
    "Readiness",
    {"status": STATUS, "checks": Nested(checks, required=True)},
    example={"status": "ok", "checks": {"database": "ok", "schema": "ok", "keys": "ok"}},
)
