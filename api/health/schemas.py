"""What the health checks answer."""

from api.health.service import Database, Schema
from api.web.fields import Choice, One
from api.web.shapes import Model

STATUS = Choice(["ok"], required=True)

checks = Model(
    "Checks",
    {
        "database": Choice(Database, required=True, description="Whether the database answers."),
        "schema": Choice(
            Schema,
            required=True,
            description="Whether the schema is the one this version was written for.",
        ),
    },
)
liveness = Model("Liveness", {"status": STATUS}, example={"status": "ok"})
readiness = Model(
    "Readiness",
    {"status": STATUS, "checks": One(checks, required=True)},
    example={"status": "ok", "checks": {"database": "ok", "schema": "ok"}},
)
