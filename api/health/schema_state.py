"""The revision of a database, compared with the one that this version needs."""

from sqlalchemy import Connection, inspect, text

from api.migrations import newest_revision

REVISION_TABLE = "alembic_version"


def read_revision(connection: Connection) -> str | None:
    """Return the revision of the schema, or None if there is no schema."""
    if not inspect(connection).has_table(REVISION_TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {REVISION_TABLE}"))  # noqa: S608  a constant
    return found


def describe_revision(found: str | None) -> str:
    """Say what to do about a revision that is not the newest one, or nothing if it is."""
    newest = newest_revision()
    if not found:
        return "the database has no schema: run `rollbook migrate`"
    if found < newest:
        return f"the schema is older ({found}) than this version ({newest}): run `rollbook migrate`"
    if found > newest:
        return f"the schema is newer ({found}) than this version ({newest}): install the newer one"
    return ""
