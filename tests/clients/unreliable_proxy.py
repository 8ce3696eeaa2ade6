"""A proxy that loses the response to the first request, or answers it itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

REQUEST_HEADERS = ("Content-Type", "Idempotency-Key")
HTML = httpx.Response(401, html="<h1>Log in to the proxy</h1>")
RESPONSE_HEADERS = ("Content-Type", "Content-Length", "Idempotency-Replayed")


class UnreliableProxy:
    """Counts the requests. With a code, the first is not passed on.

    Its response is a problem with this code and the status 503; with ``html`` a page and 401.
    """

    def __init__(self, service_url: str, code: str | None) -> None:
        self.service_url = service_url
        self.code = code
        self.requests = 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                proxy.handle(self)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        self.requests += 1
        is_first = self.requests == 1
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.close_connection = True
        if is_first and self.code:
            answer(handler, HTML if self.code == "html" else make_problem(self.code))
            return
        headers = pick(handler.headers, REQUEST_HEADERS)
        response = httpx.post(self.service_url + handler.path, content=body, headers=headers)
        if not is_first:
            answer(handler, response)


def answer(handler: BaseHTTPRequestHandler, response: httpx.Response) -> None:
    handler.send_response(response.status_code)
    for name, value in pick(response.headers, (*RESPONSE_HEADERS, "Retry-After")).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(response.content)


def pick(headers, names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}


def make_problem(code: str) -> httpx.Response:
    members = {"type": "about:blank", "title": "", "status": 503, "detail": "", "message": ""}
    body = json.dumps({**members, "error": code, "request_id": "1"})
    headers = {"Content-Type": "application/problem+json", "Retry-After": "0"}
    return httpx.Response(503, content=body, headers=headers)


@contextmanager
def unreliable_proxy(service_url: str, code: str | None = None) -> Iterator[UnreliableProxy]:
    proxy = UnreliableProxy(service_url, code)
    thread = Thread(target=proxy.server.serve_forever)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        proxy.server.server_close()
        thread.join()
