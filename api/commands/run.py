import click

from api import config, instance
from api.serving.command import serve

WELCOME = """
Rollbook is at {url}

  docs page      {url}/docs
  contract       {url}/openapi.json
  health checks  {url}/health/live  {url}/health/ready

Press Ctrl+C to stop; `.venv/bin/rollbook --instance users list` works on the same data.
"""


@click.command(name="run")
def command() -> None:
    """Start the service for development, with its data in instance/."""
    instance.adopt()
    settings = config.load()
    instance.settle(settings.database_url)
    click.echo(WELCOME.format(url=settings.public_base_url))
    serve()
