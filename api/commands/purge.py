import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.jobs.registry import current_jobs
from api.jobs.service import run_job

PREFIX = "purge_"


@click.command(name="purge", context_settings=IN_APPLICATION)
@with_appcontext
def command() -> None:
    """Run all jobs that delete old rows, such as users deleted long ago and expired sessions."""
    purged = [
        f"{run_job(job)} {job.name.removeprefix(PREFIX).replace('_', ' ')}"
        for job in current_jobs()
        if job.name.startswith(PREFIX)
    ]
    click.echo(f"{', '.join(purged)} purged.")
