"""The jobs of the background worker, for operators."""

from datetime import timedelta
from typing import NamedTuple

import click
from flask.cli import with_appcontext

from api.commands.application import IN_APPLICATION
from api.commands.errors import WrongUse
from api.commands.output import MAX_LIMIT, add_json_option, print_list, select_members
from api.jobs.registry import Job, current_jobs, find_job
from api.jobs.service import NEVER, LastRun, read_last_runs, run_job


@click.group(name="jobs", context_settings=IN_APPLICATION)
def command() -> None:
    """List and run the jobs that the worker runs by itself."""


class ListedJob(NamedTuple):
    name: str
    interval: str
    started_at: object
    finished_at: object
    failed_at: object
    failures: int
    next_run_at: object
    description: str


@command.command(name="list")
@add_json_option
@with_appcontext
def list_jobs(*, as_json: bool) -> None:
    """List the jobs and their last runs."""
    runs = read_last_runs()
    jobs = [_describe(job, runs.get(job.name, NEVER)) for job in current_jobs()]
    columns = ListedJob._fields
    render = select_members(*columns)
    print_list(jobs, columns, render=render, limit=MAX_LIMIT, as_json=as_json)


@command.command
@click.argument("name")
@with_appcontext
def run(name: str) -> None:
    """Run a job now, whenever it is due."""
    job = find_job(name)
    if job is None:
        known = ", ".join(job.name for job in current_jobs())
        raise WrongUse(f"there is no job {name}; the jobs are {known}")
    click.echo(f"{job.name}: {run_job(job)} rows")


def _describe(job: Job, last: LastRun) -> ListedJob:
    return ListedJob(
        name=job.name,
        interval=_format_interval(job.interval),
        started_at=last.started_at,
        finished_at=last.finished_at,
        failed_at=last.failed_at,
        failures=last.failures,
        next_run_at=last.next_run_at,
        description=job.description,
    )


def _format_interval(interval: timedelta) -> str:
    return f"{interval.total_seconds() / 60:g} min"
