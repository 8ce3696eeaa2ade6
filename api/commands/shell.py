"""A Python shell in the application, for operators and for those who follow the tutorial."""

import click
from flask.cli import ScriptInfo, shell_command

from api import models
from api.commands.application import IN_APPLICATION
from api.core.database import db

CONTENT = {"db": db, **{name: getattr(models, name) for name in models.__all__}}


@click.command(name="shell", context_settings=IN_APPLICATION)
@click.pass_context
def command(context: click.Context) -> None:
    """Start a Python shell with `db` and the tables, such as `User`."""
    context.ensure_object(ScriptInfo).load_app().shell_context_processor(lambda: CONTENT)
    context.invoke(shell_command)
