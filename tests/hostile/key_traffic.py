"""Signing keys that change under traffic."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import monotonic, sleep
from urllib.error import URLError

import jwt

from api.core.database import in_transaction
from api.keys import ring
from api.keys import service as keys
from api.keys.pairs import ALGORITHMS, PrivateKeyCipher
from tests.hostile.wire import Wire, retry_while_busy

JWKS = "/.well-known/jwks.json"
POLL_SECONDS = 0.1  # meanwhile the processor is free for other tests
TIMEOUT_SECONDS = ring.RELOAD_INTERVAL_SECONDS + 5  # each process then knows the keys


@contextmanager
def key_context(service):
    """Open what `rollbook keys` works with, and yield the cipher."""
    with service.local_service.app.app_context():
        yield PrivateKeyCipher(service.settings["encryption_key"])


def rotate(service):
    with key_context(service) as cipher:
        return in_transaction(lambda: keys.rotate(cipher, at_once=True))


def published(wire):
    return [key["kid"] for key in wire.get(JWKS).json["keys"]]


def kid(token):
    return jwt.get_unverified_header(token)["kid"]


def becomes_true(condition: Callable[[], bool]) -> bool:
    """Return whether it becomes true within the timeout."""
    deadline = monotonic() + TIMEOUT_SECONDS
    while not (result := condition()) and monotonic() < deadline:
        sleep(POLL_SECONDS)
    return result


class Traffic:
    """Users who log in, refresh and read, and another service that verifies their tokens.

    The other service fetches the keys when its copy expires, and never because a key is unknown.
    """

    def __init__(self, service) -> None:
        self.wire = Wire(service.port)
        self.issuer = service.settings["public_base_url"]
        self.known = jwt.PyJWKClient(f"{service.url}{JWKS}", lifespan=0.2, cooldown_duration=3600)
        self.failures = []
        self.seen = set()
        self.turns = 0
        self.over = Event()

    def send_requests(self, person):
        while not self.over.is_set():
            body = {"username": person.username, "password": person.password}
            given = self.check_tokens(lambda: self.wire.post("/api/login", body))  # noqa: B023  asked at once
            for _ in range(3):
                body = {"refresh_token": given["refresh_token"]}
                given = self.check_tokens(lambda: self.wire.post("/api/refresh", body))  # noqa: B023  likewise
            self.turns += 1

    def check_tokens(self, ask):
        """Get tokens, and record whether the service or the verifier rejects them."""
        answer = retry_while_busy(ask)
        assert answer.status == 200, answer.body
        token = answer.json["access_token"]
        self.seen.add(kid(token))
        read = retry_while_busy(lambda: self.wire.with_token(token).get("/api/me"))
        if read.status != 200:
            self.failures.append(("the service", read.status))
        self.verify(token)
        return answer.json

    def verify(self, token):
        try:
            key = self.known.get_signing_key_from_jwt(token)
            jwt.decode(token, key, algorithms=ALGORITHMS, issuer=self.issuer, audience="rollbook")
        except (jwt.PyJWTError, URLError) as error:
            self.failures.append(("a verifier", repr(error)))

    def has_key(self, name):
        return any(key.key_id == name for key in self.known.get_jwk_set().keys)


@contextmanager
def traffic_of(service, people):
    """Send requests as these people meanwhile, and then assert that none failed."""
    traffic = Traffic(service)
    with ThreadPoolExecutor(len(people)) as pool:
        going = [pool.submit(traffic.send_requests, person) for person in people]
        try:
            yield traffic
        finally:
            traffic.over.set()
        for each in going:
            each.result()
    assert traffic.failures == []
    assert traffic.turns >= len(people)
