import click

from api.serving.command import serve


@click.command(name="serve")
def command() -> None:
    """Start the service."""
    serve()
