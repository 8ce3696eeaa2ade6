"""Send requests again that were not answered, if that cannot execute them twice."""

import random
import time

import httpx

MAX_TRIES = 5
MAX_WAIT_SECONDS = 60
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class RetryTransport(httpx.BaseTransport):
    """Sends each request up to five times, and waits in between as the service asks."""

    def __init__(self) -> None:
        self.transport = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()  # so that the body can be sent again
        for number in range(1, MAX_TRIES):
            wait = 0.25 * 2**number
            try:
                response = self.transport.handle_request(request)
            except httpx.TransportError as error:
                if not (isinstance(error, NOT_SENT) or is_repeatable(request)):
                    raise
            else:
                asked = seconds_to_wait(request, response)
                if asked is None or asked > MAX_WAIT_SECONDS:
                    return response
                response.close()
                wait = asked
            time.sleep(wait * random.uniform(1, 1.2))  # not all clients at once
        return self.transport.handle_request(request)

    def close(self) -> None:
        self.transport.close()


def seconds_to_wait(request: httpx.Request, response: httpx.Response) -> float | None:
    """Return when to send the request again, or None if the response is final."""
    asked = response.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isdecimal() else 1.0
    if response.status_code == 429:  # was counted, not executed
        return seconds
    if response.status_code == 503 and (
        is_repeatable(request) or b'"overloaded"' in response.read()  # nothing was executed
    ):
        return seconds
    if response.status_code == 409 and b'"idempotency_key_in_use"' in response.read():
        return seconds  # the first request is still running
    return None


def is_repeatable(request: httpx.Request) -> bool:
    """Return whether the service executes the request once, however often it is sent."""
    return (
        request.method in SAFE_METHODS
        or "Idempotency-Key" in request.headers
        or "If-Match" in request.headers
        or request.url.path.endswith("/api/refresh")
    )
