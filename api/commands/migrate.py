import click
import flask_migrate
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from api.commands.application import IN_APPLICATION
from api.commands.errors import CommandError, WrongUse
from api.config import MIGRATIONS
from api.core import secrets
from api.core.database import autocommit, db, in_transaction
from api.core.engines import IN_MEMORY_URLS
from api.core.principal import OPERATOR
from api.core.runtime import current_settings
from api.doctor.database import IN_MEMORY
from api.health.schema_state import describe_revision, read_revision
from api.migrations import list_revisions, newest_revision
from api.roles.assignments import ADMIN
from api.users import role_assignments
from api.users import service as users
from api.users.models import User
from api.users.schemas import UserCreation

BASE = "base"  # no schema, as Alembic calls it
USERNAME, EMAIL = "admin", "admin@rollbook.example"
SHOWN_ONCE = """
The first administrator, shown once:

  username  {username}
  password  {password}
"""


@click.command(name="migrate", context_settings=IN_APPLICATION)
@click.option("--check", is_flag=True, help="Change nothing; fail if the schema is out of date.")
@click.option("--to", "revision", help="Go back to this revision; `base` removes all tables.")
@click.option(
    "--first-administrator", is_flag=True, help="Create an administrator if there are no users."
)
@with_appcontext
def command(revision: str | None, *, check: bool, first_administrator: bool) -> None:
    """Upgrade the schema of the database, and print from which revision to which."""
    if [check, bool(revision), first_administrator].count(True) > 1:
        raise click.UsageError("--check, --to and --first-administrator exclude each other.")
    _require_file()
    before = _read_revision()
    if check:
        _require_newest(before)
    elif revision:
        _require_earlier(revision, before)
        downgrade(revision)
    else:
        upgrade()
    click.echo(_describe_change(before, _read_revision()))
    if first_administrator:
        _create_first_administrator()


def _require_file() -> None:
    """Reject a database in memory, whose tables would be gone when this command ends."""
    if current_settings().database_url in IN_MEMORY_URLS:
        raise CommandError(str(IN_MEMORY))


def _read_revision() -> str | None:
    """Return the present revision.

    Raises:
        DatabaseUnavailable: the database does not answer.
        CommandError: a newer version has migrated it, whose revisions this one does not know.
    """
    with autocommit() as connection:
        found = read_revision(connection)
    if found and found > newest_revision():
        raise CommandError(describe_revision(found))
    return found


def _require_newest(found: str | None) -> None:
    if reason := describe_revision(found):
        raise CommandError(reason)


def _require_earlier(revision: str, present: str | None) -> None:
    """Reject a revision to which the schema cannot go back.

    Raises:
        WrongUse: there is no such revision, or it is newer than the present one.
    """
    earlier = [BASE, *(known for known in list_revisions() if known <= (present or ""))]
    if revision not in earlier:
        reason = f"--to {revision}: the schema cannot go back to that"
        raise WrongUse(f"{reason}; give one of {', '.join(earlier)}")


def upgrade() -> None:
    """Upgrade the database of the current application to the newest revision."""
    _load_alembic()
    flask_migrate.upgrade()


def downgrade(revision: str) -> None:
    """Go back to a revision."""
    _load_alembic()
    flask_migrate.downgrade(revision=revision)


def _describe_change(before: str | None, after: str | None) -> str:
    if before == after:
        return f"The schema has revision {after or BASE}; there was nothing to do."
    return f"Migrated the schema from revision {before or BASE} to {after or BASE}."


def _load_alembic() -> None:
    """Set up Alembic. The service does not use it, and saves 5 MiB and 0.1 s at each start."""
    flask_migrate.Migrate(current_app, db, directory=MIGRATIONS)


def _create_first_administrator() -> None:
    password = secrets.temporary_password()
    user = in_transaction(lambda: _create_administrator(password))
    if user:
        click.echo(SHOWN_ONCE.format(username=user.username, password=password))


def _create_administrator(password: str) -> User | None:
    if db.session.scalar(select(User.id).limit(1)) is not None:
        return None
    administrator = users.prepare(UserCreation(username=USERNAME, email=EMAIL, password=password))
    return users.create(administrator, by=OPERATOR, roles=role_assignments.find_roles([ADMIN]))
