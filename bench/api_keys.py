"""What a request with an API key costs, compared with one that has an access token.

``GET /api/me`` is sent with both by turns: by the generator of the load to the service, and in this
process, where the processor time of each request is measured without the server.
``python -m bench.api_keys`` measures only this.
"""

from collections.abc import Iterator
from statistics import median
from time import process_time

from api.app import create_app
from api.web.request_guard import run_application
from bench.accounts import make_headers
from bench.load import BenchmarkError
from bench.loop import make_environ
from bench.reads import run_by_turns
from bench.report import Figure, at_most
from bench.testbed import Server, Testbed, open_testbed
from tests.api_keys.support import save_key

ROUNDS, SECONDS = 5, 3
PROCESS_ROUNDS, REQUESTS = 15, 400  # of one kind in a round
WARM_UP_REQUESTS = 50
KEY, TOKEN = "an API key", "an access token"
TARGET = at_most(1.1)


def measure(testbed: Testbed, rounds: int = ROUNDS, seconds: int = SECONDS) -> Iterator[Figure]:
    headers = make_both_headers(testbed)
    url = f"{testbed.service.url}/api/me"
    servers = [Server(kind, url, headers[kind]) for kind in headers]
    results = run_by_turns(servers, rounds, seconds)
    rates = {kind: [result.rate for result in results[kind]] for kind in headers}
    for kind in headers:
        yield Figure(f"GET /api/me with {kind}", median(rates[kind]), "requests/s")
    pairs = zip(rates[TOKEN], rates[KEY], strict=True)
    yield Figure(
        "time of GET /api/me with an API key to one with an access token",
        median(token / key for token, key in pairs),
        "",
        TARGET,
    )
    yield from measure_processor_time(testbed, headers)


def make_both_headers(testbed: Testbed) -> dict[str, dict[str, str]]:
    """Return the headers of requests of one account, by the kind of the credential."""
    account = testbed.accounts[0]
    app = testbed.service.local_service.app
    _, key = save_key(app, user_id=account.id, scopes=["users:read"])
    return {
        TOKEN: make_headers(testbed.service, account),
        KEY: {"Authorization": f"Bearer {key}"},
    }


def measure_processor_time(
    testbed: Testbed, headers: dict[str, dict[str, str]]
) -> Iterator[Figure]:
    settings = testbed.service.settings
    app = create_app(settings)
    host = f"127.0.0.1:{settings['port']}"
    environs = {kind: make_environ(host, headers[kind]) for kind in headers}
    times: dict[str, list[float]] = {kind: [] for kind in headers}
    for environ in environs.values():
        _send(app, environ, WARM_UP_REQUESTS)
    for _ in range(PROCESS_ROUNDS):
        for kind, environ in environs.items():
            times[kind].append(_send(app, environ, REQUESTS))
    for kind in headers:
        microseconds = median(times[kind]) * 1_000_000
        yield Figure(f"processor time of GET /api/me with {kind}", microseconds, "µs")
    pairs = zip(times[TOKEN], times[KEY], strict=True)
    yield Figure(
        "processor time with an API key to that with an access token",
        median(key / token for token, key in pairs),
        "",
        TARGET,
    )


def _send(app: object, environ: dict[str, object], requests: int) -> float:
    """Send requests to the application, and return the processor time of one in seconds."""
    started_at = process_time()
    for _ in range(requests):
        status, _, body = run_application(app.wsgi_app, {**environ})
        if not status.startswith("200"):
            raise BenchmarkError(f"{status}: {body!r}")
    return (process_time() - started_at) / requests


if __name__ == "__main__":
    with open_testbed() as testbed:
        for figure in measure(testbed):
            print("  ".join(figure.format_cells()).rstrip(), flush=True)
