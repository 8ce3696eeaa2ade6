"""The SQL privileges that the role of the service needs, and which of them it lacks."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, text

from api import models
from api.audit.models import AuditEvent, ChainEntry
from api.doctor.problems import Problem
from api.doctor.remedies import GRANTS_REMEDY, SUBJECT
from api.health.schema_state import REVISION_TABLE
from api.users.models import PurgedAccount

APPEND_ONLY_TABLES = {
    AuditEvent.__tablename__,
    ChainEntry.__tablename__,
    PurgedAccount.__tablename__,
}
OTHER_TABLES = {getattr(models, name).__tablename__ for name in models.__all__} - APPEND_ONLY_TABLES
PRIVILEGES = (  # with the tables for which the role needs them
    ("SELECT", {REVISION_TABLE, *APPEND_ONLY_TABLES, *OTHER_TABLES}),
    ("INSERT", APPEND_ONLY_TABLES | OTHER_TABLES),
    ("UPDATE", OTHER_TABLES),
    ("DELETE", OTHER_TABLES),
)
LIST_MISSING = text(
    "SELECT privilege, name"
    " FROM unnest(CAST(:privileges AS text[]), CAST(:names AS text[])) AS needed (privilege, name)"
    " WHERE NOT has_table_privilege(to_regclass(name), privilege) ORDER BY privilege, name"
)


def check_privileges(connection: Connection) -> Iterator[Problem]:
    """Report what `rollbook grants` would grant and the role lacks; SQLite has no roles."""
    if connection.dialect.name != "postgresql":
        return
    needed = [(privilege, name) for privilege, tables in PRIVILEGES for name in tables]
    privileges, names = zip(*needed, strict=True)
    missing = connection.execute(
        LIST_MISSING, {"privileges": list(privileges), "names": list(names)}
    )
    for privilege, rows in groupby(missing, key=itemgetter(0)):
        tables = ", ".join(name for _, name in rows)
        yield Problem(SUBJECT, f"the role may not {privilege} on {tables}", GRANTS_REMEDY)
