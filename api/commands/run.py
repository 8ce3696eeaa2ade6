import click

from api import config, instance
from api.config import ConfigError, Settings
from api.serving.command import serve
from api.serving.errors import CannotStart, PortInUse
from api.serving.server import find_port

MAILBOX = "  mails          {url}/dev/mailbox\n"
MAX_PORT = 65_535
OTHER_PORT = 1000  # above or below the one that is in use
WELCOME = """
Rollbook is at {url}

  docs page      {url}/docs
  contract       {url}/openapi.json
  health checks  {url}/health/live  {url}/health/ready
{mailbox}
Press Ctrl+C to stop; `.venv/bin/rollbook users list --instance` works on the same data.
"""


@click.command(name="run")
def command() -> None:
    """Start the service and a worker for development, with their data in instance/."""
    instance.adopt()
    settings = config.load()
    _require_free_port(settings)
    instance.settle(settings.database_url)
    welcome = make_welcome(settings)
    serve(on_ready=lambda: click.echo(welcome, err=True), with_worker=True)


def make_welcome(settings: Settings) -> str:
    """Return the URLs of this service; without a mail server mails are on a page."""
    url = settings.public_base_url
    return WELCOME.format(url=url, mailbox=MAILBOX.format(url=url) if settings.has_mailbox else "")


def _require_free_port(settings: Settings) -> None:
    """Check the port before the database is created.

    Raises:
        ConfigError: the service cannot listen on it.
    """
    try:
        find_port(settings.host, settings.port)
    except PortInUse:
        other = settings.port + OTHER_PORT
        other = other if other <= MAX_PORT else settings.port - OTHER_PORT
        message = f"port {settings.port} is in use; try PORT={other} make run"
        raise ConfigError(message) from None
    except CannotStart as error:
        raise ConfigError(str(error)) from None
