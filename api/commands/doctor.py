import sys

import click

from api import config
from api.config import ConfigError
from api.doctor.checks import check_all
from api.doctor.problems import Problem

PROBLEM_STATUS = 1


@click.command(name="doctor")
def command() -> None:
    """Find what prevents the service from working, and describe the way out.

    It checks the settings, the database and its schema, Redis, the mail server, the clock and the
    files. Each problem is one line. The command ends with status 1 if there is one; hints do not
    count.
    """
    try:
        problems = list(check_all(config.load()))
    except ConfigError as error:
        problems = [_describe_setting(each) for each in error.args]
    for problem in problems:
        click.echo(f"{'hint   ' if problem.is_hint else 'problem'}  {problem}")
    if any(not problem.is_hint for problem in problems):
        sys.exit(PROBLEM_STATUS)
    click.echo("Everything that was checked is in order.")


def _describe_setting(described: str) -> Problem:
    name, _, reason = described.partition(": ")
    return Problem(name, reason, "docs/configuration.md describes it")
