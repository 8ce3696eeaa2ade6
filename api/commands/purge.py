from collections.abc import Callable

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.core.database import in_transaction
from api.health import tasks
from api.health.tasks import Task
from api.sessions import service as sessions
from api.users.purging import purge_batch


@click.command(name="purge", context_settings=IN_APPLICATION)
@with_appcontext
def command() -> None:
    """Erase users deleted more than DELETED_USERS_KEPT_DAYS ago, and old sessions."""
    users, expired = _purge_all(purge_batch), _purge_all(sessions.purge)
    in_transaction(lambda: tasks.record_run(Task.PURGE))
    click.echo(f"{users} users, {expired} sessions purged.")


def _purge_all(purge: Callable[[], int]) -> int:
    """Purge in batches, each in a transaction, and return the number of rows."""
    purged = 0
    while number := in_transaction(purge):
        purged += number
    return purged
