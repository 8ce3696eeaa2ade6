import click

from api.serving.command import serve


@click.command(name="serve")
@click.option(
    "--wait",
    is_flag=True,
    help="Start although the database has no schema yet, or its signing key is locked.",
)
@click.option(
    "--with-worker",
    is_flag=True,
    help="Also deliver mails and run periodic jobs; otherwise start `rollbook worker`.",
)
def command(*, wait: bool, with_worker: bool) -> None:
    """Start the service."""
    serve(wait=wait, with_worker=with_worker)
