import signal
from threading import Event, Thread

import click
import structlog
from prometheus_client import start_http_server

from api import config
from api.app import create_app
from api.background.worker import BackgroundWorker
from api.commands.errors import WrongUse
from api.config import Settings
from api.serving import sampling
from api.serving.errors import CannotStart
from api.serving.start_check import check_before_start
from api.web.metrics import exporter

ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

log = structlog.get_logger()


@click.command(name="worker")
def command() -> None:
    """Deliver mails and run periodic jobs. Several workers may run."""
    settings = config.load()
    stop = Event()
    # Before any thread starts: they inherit the mask, and signals wait for this one.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    application = create_app()
    try:
        check_before_start(settings, wait=False)
        start_metrics = _open_metrics_port(settings)
    except CannotStart as error:
        raise WrongUse(str(error)) from None
    if start_metrics:
        sampling.start(application)
    worker = Thread(target=BackgroundWorker(application, stop).run, name="background")
    worker.start()
    signal.sigwait(ENDING)
    stop.set()
    worker.join()


def _open_metrics_port(settings: Settings) -> bool:
    """Serve the metrics, and return whether WORKER_METRICS_PORT asks for that.

    Raises:
        CannotStart: the port is taken.
    """
    port, host = settings.worker_metrics_port, settings.metrics_host
    if port == 0:
        return False
    try:
        start_http_server(port, host, registry=exporter.registry)
    except OSError as error:
        message = f"METRICS_HOST, WORKER_METRICS_PORT: cannot listen on {host}:{port}"
        raise CannotStart(f"{message}: {error.strerror}") from None
    return True
