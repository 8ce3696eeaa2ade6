"""The metrics of all workers, on a port of their own that the public does not reach."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector


class Figures(ThreadingHTTPServer):
    """Adds up, each time it is asked, what the workers keep in the directory."""

    daemon_threads = True

    def __init__(self, host: str, port: int, directory: str):
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.directory = directory
        super().__init__((host, port), Handler)

    def start(self) -> None:
        Thread(target=self.serve_forever, name="metrics", daemon=True).start()

    def read(self) -> bytes:
        self._forget_dead()
        registry = CollectorRegistry()
        MultiProcessCollector(registry, self.directory)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _forget_dead(self) -> None:
        """Drop what says how a process is now, once it is no more; what it counted is kept."""
        for file in Path(self.directory).glob("gauge_live*_*.db"):
            if not Path("/proc", file.stem.rpartition("_")[2]).exists():
                file.unlink(missing_ok=True)


class Handler(BaseHTTPRequestHandler):
    server: Figures
    server_version = "rollbook"
    sys_version = ""
    timeout = 5  # seconds that a client may be silent

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        figures = self.server.read()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.send_header("Content-Length", str(len(figures)))
        self.end_headers()
        self.wfile.write(figures)

    def log_message(self, *_: object) -> None:
        """Scrapes leave no lines."""
