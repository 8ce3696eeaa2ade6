"""The SQL privileges of a database role that runs the service and does not migrate."""

import click
from flask.cli import with_appcontext
from sqlalchemy import Dialect, func, select

from api.commands.application import IN_APPLICATION
from api.core.database import autocommit, db
from api.doctor.privileges import APPEND_ONLY_TABLES, OTHER_TABLES
from api.health.schema_state import REVISION_TABLE

GRANTS = """\
BEGIN;
REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role};
GRANT CONNECT ON DATABASE {database} TO {role};
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT ON {revisions} TO {role};
GRANT SELECT, INSERT ON {append_only} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON {others} TO {role};
COMMIT;"""


@click.command(name="grants", context_settings=IN_APPLICATION)
@click.argument("role")
@with_appcontext
def command(role: str) -> None:
    """Print the SQL that grants a database role the privileges to run the service.

    The role can change rows, and only add rows to the audit log.
    """
    url, dialect = db.engine.url, db.engine.dialect
    if dialect.name != "postgresql":
        raise click.UsageError(
            "SQLite has no database roles; set DATABASE_URL to a PostgreSQL database."
        )
    click.echo(
        GRANTS.format(
            role=_quote(dialect, role),
            database=_quote(dialect, url.database or ""),
            schema=_quote(dialect, _find_schema()),
            revisions=REVISION_TABLE,
            append_only=", ".join(sorted(APPEND_ONLY_TABLES)),
            others=", ".join(sorted(OTHER_TABLES)),
        )
    )


def _find_schema() -> str:
    """Return the schema of the tables; DATABASE_URL or the database may set a search_path."""
    with autocommit() as connection:
        return str(connection.scalar(select(func.current_schema())))


def _quote(dialect: Dialect, name: str) -> str:
    return str(dialect.identifier_preparer.quote_identifier(name))
