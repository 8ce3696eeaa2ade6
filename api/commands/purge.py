from collections.abc import Callable

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.core.database import in_transaction
from api.sessions import service as sessions
from api.users.purging import purge_some


@click.command(name="purge", context_settings=IN_APPLICATION)
@with_appcontext
def command() -> None:
    """Delete for good the users deleted long ago (DELETED_USERS_KEPT_DAYS), and old sessions."""
    click.echo(f"{_all(purge_some)} users, {_all(sessions.purge)} sessions purged.")


def _all(purge: Callable[[], int]) -> int:
    """Purge batch by batch, each in a transaction, and return how many it was."""
    purged = 0
    while some := in_transaction(purge):
        purged += some
    return purged
