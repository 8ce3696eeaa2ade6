import click

from api.serving.command import serve


@click.command(name="serve")
@click.option(
    "--wait",
    is_flag=True,
    help="Start although the database has no schema yet, or its signing key is locked.",
)
def command(*, wait: bool) -> None:
    """Start the service."""
    serve(wait=wait)
