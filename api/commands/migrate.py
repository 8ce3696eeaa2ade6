import click
import flask_migrate
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from api.commands.application import IN_APPLICATION
from api.config import MIGRATIONS
from api.core import secrets
from api.core.database import db, in_transaction
from api.core.principal import OPERATOR
from api.health.service import ready
from api.roles.rights import ADMIN
from api.users import grants
from api.users import service as users
from api.users.models import User
from api.users.schemas import UserCreation

USERNAME, EMAIL = "admin", "admin@rollbook.example"
SHOWN_ONCE = """
The first administrator, shown once:

  username  {username}
  password  {password}
"""


@click.command(name="migrate", context_settings=IN_APPLICATION)
@click.option("--check", is_flag=True, help="Change nothing; fail where the schema is behind.")
@click.option("--to", "revision", help="Go back to this revision; `base` removes all tables.")
@click.option("--first-administrator", is_flag=True, help="Make one, where there are no users.")
@with_appcontext
def command(revision: str | None, *, check: bool, first_administrator: bool) -> None:
    """Bring the schema of the database up to date."""
    if [check, bool(revision), first_administrator].count(True) > 1:
        raise click.UsageError("--check, --to and --first-administrator exclude each other.")
    if check:
        ready()
    elif revision:
        downgrade(revision)
    else:
        upgrade()
    if first_administrator:
        _make_first_administrator()


def upgrade() -> None:
    """Bring the database of the application in hand to the newest revision."""
    _load_alembic()
    flask_migrate.upgrade()


def downgrade(revision: str) -> None:
    _load_alembic()
    flask_migrate.downgrade(revision=revision)


def _load_alembic() -> None:
    """Set it up here and not with the application: the service has no use for it.

    It would cost 5 MiB and, at each start, a tenth of a second.
    """
    flask_migrate.Migrate(current_app, db, directory=MIGRATIONS)


def _make_first_administrator() -> None:
    password = secrets.one_time_password()
    made = in_transaction(lambda: _administrator(password))
    if made:
        click.echo(SHOWN_ONCE.format(username=made.username, password=password))


def _administrator(password: str) -> User | None:
    somebody = db.session.scalar(select(User.id).limit(1))
    if somebody is not None:
        return None
    administrator = users.prepare(UserCreation(username=USERNAME, email=EMAIL, password=password))
    return users.create(administrator, by=OPERATOR, roles=grants.find_roles([ADMIN]))
