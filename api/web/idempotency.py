"""The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""

import re
from collections.abc import Callable

from flask import Request, Response

from api.core.principal import Principal
from api.idempotency import service
from api.idempotency.errors import KeyMalformed
from api.idempotency.service import Answer
from api.web import limits

HEADER = "HTTP_IDEMPOTENCY_KEY"
KEPT = ("Content-Type", "ETag", "Location")  # what else is told belongs to the one exchange
REPLAYED = "Idempotency-Replayed"

# A string in quotes, as structured fields have it (RFC 9651, 3.3.3), or what people send without
# them. A bare comma would be where two headers were joined.
QUOTED = r'"(?:[!#-\[\]-~]|\\["\\]){1,255}"'
BARE = r"[!#-+\--~]{1,255}"
KEY = re.compile(f"{QUOTED}|{BARE}")
ESCAPED = re.compile(r"\\(.)")

Work = Callable[[], Response]


def once(request: Request, operation: str, by: Principal | None, work: Work) -> Work:
    """Make work that is done once under the request's key, and else answers as it did then.

    A key belongs to who sends it: the actor, or the address of somebody unknown.

    Raises:
        KeyMalformed: the header holds no key.
    """
    sent = request.environ.get(HEADER)
    if sent is None:
        return work
    claim = service.claim(
        scope=f"actor {by.id}" if by else f"address {limits.client_key()}",
        operation=operation,
        key=_key(sent),
        path=_path_and_query(request),
        body=request.get_data(),
    )
    service.purge_in_passing()
    return lambda: _told(*service.once(claim, lambda: _kept(work())))


def _path_and_query(request: Request) -> str:
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _key(sent: str) -> str:
    if not KEY.fullmatch(sent):
        raise KeyMalformed
    return ESCAPED.sub(r"\1", sent[1:-1]) if sent.startswith('"') else sent


def _kept(response: Response) -> Answer:
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    return Answer(response.status_code, headers, response.get_data())


def _told(answer: Answer, replayed: bool) -> Response:  # noqa: FBT001  as the service tells it
    headers = {**answer.headers, **({REPLAYED: "true"} if replayed else {})}
    response = Response(answer.body, answer.status)
    response.headers.clear()
    response.headers.update(headers)
    return response
