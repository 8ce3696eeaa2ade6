"""The metrics of all workers, on a port of their own that clients do not reach."""

import os
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

from api.web.process_metrics import ServiceProcesses


class MetricsServer(ThreadingHTTPServer):
    """Adds up what the workers keep in the directory, on each request."""

    daemon_threads = True

    def __init__(self, host: str, port: int, directory: str):
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.directory = directory
        super().__init__((host, port), Handler)

    def start(self) -> None:
        Thread(target=self.serve_forever, name="metrics", daemon=True).start()

    def collect(self) -> bytes:
        self._remove_dead_workers()
        registry = CollectorRegistry()
        MultiProcessCollector(registry, self.directory)  # type: ignore[no-untyped-call]
        registry.register(ServiceProcesses(os.getpid()))
        return generate_latest(registry)

    def _remove_dead_workers(self) -> None:
        """Remove the gauges of workers that have ended; their counters stay."""
        for file in Path(self.directory).glob("gauge_live*_*.db"):
            if not Path("/proc", file.stem.rpartition("_")[2]).exists():
                file.unlink(missing_ok=True)


class Handler(BaseHTTPRequestHandler):
    server: MetricsServer
    server_version = "rollbook"
    sys_version = ""
    timeout = 5  # seconds between two reads from a client
    error_message_format = "%(code)d %(message)s\n"
    error_content_type = "text/plain"

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        metrics = self.server.collect()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.send_header("Content-Length", str(len(metrics)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(metrics)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Write no log line for a scrape."""
