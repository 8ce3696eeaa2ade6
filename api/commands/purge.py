import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.core.database import in_transaction
from api.users.purging import purge_some


@click.command(name="purge", context_settings=IN_APPLICATION)
@with_appcontext
def command() -> None:
    """Delete for good the users who were deleted long ago (DELETED_USERS_KEPT_DAYS)."""
    purged = 0
    while some := in_transaction(purge_some):
        purged += some
    click.echo(f"{purged} purged.")
