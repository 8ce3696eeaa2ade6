"""A proxy that passes the first request to the service, and loses its response."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx


class LossyProxy:
    """Counts the requests that it receives."""

    def __init__(self, service_url: str) -> None:
        self.service_url = service_url
        self.requests = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                proxy.pass_on(self)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests += 1
        is_first = self.requests == 1
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        kept = ("Content-Type", "Idempotency-Key")
        headers = {name: handler.headers[name] for name in kept if name in handler.headers}
        answer = httpx.post(self.service_url + handler.path, content=body, headers=headers)
        handler.close_connection = True
        if is_first:
            return  # the connection is closed without a response
        handler.send_response(answer.status_code)
        for name in ("Content-Type", "Content-Length", "Idempotency-Replayed"):
            if name in answer.headers:
                handler.send_header(name, answer.headers[name])
        handler.end_headers()
        handler.wfile.write(answer.content)


@contextmanager
def lossy_proxy(service_url: str) -> Iterator[LossyProxy]:
    proxy = LossyProxy(service_url)
    thread = Thread(target=proxy.server.serve_forever)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        proxy.server.server_close()
        thread.join()
