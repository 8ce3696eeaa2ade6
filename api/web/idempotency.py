"""The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""

import re
from collections.abc import Callable

from flask import Request, Response

from api.core.principal import MachineCredential, Principal
from api.idempotency import service
from api.idempotency.errors import KeyMalformed
from api.idempotency.service import IdempotentRequest, ResponseContent
from api.web import limits

HEADER = "HTTP_IDEMPOTENCY_KEY"
REPEATED_HEADERS = ("Content-Type", "ETag", "Location")  # others belong to one exchange
REPLAYED = "Idempotency-Replayed"

# A quoted string of structured fields (RFC 9651, 3.3.3), or the same without quotes. A comma
# outside quotes would separate two headers that were joined.
QUOTED = r'"(?:[!#-\[\]-~]|\\["\\]){1,255}"'
BARE = r"[!#-+\--~]{1,255}"
KEY = re.compile(f"{QUOTED}|{BARE}")
ESCAPED = re.compile(r"\\(.)")

Work = Callable[[], Response]


def identify_request(
    request: Request, operation: str, by: Principal | None
) -> IdempotentRequest | None:
    """Return the digests of a request with a key, or None if it has no key.

    A key belongs to the principal that sends it, and to the API key or client credential with which
    a program does; or to the client IP address of a public request.

    Raises:
        KeyMalformed: the header is not a key.
    """
    sent = request.environ.get(HEADER)
    if sent is None:
        return None
    return service.identify_request(
        scope=_find_scope(by),
        operation=operation,
        key=_parse_key(sent),
        path=_path_and_query(request),
        body=request.get_data(),
    )


def find_response(request: IdempotentRequest) -> Response | None:
    """Return the stored response of an earlier request with this key, outside the transaction.

    Raises:
        KeyReused: the key was used with another request.
    """
    content = service.find_response(request)
    return _make_response(content, replayed=True) if content else None


def execute_once(request: IdempotentRequest, work: Work) -> Work:
    """Return work that is executed once per key, and afterwards repeats its first response."""
    return lambda: _make_response(*service.execute_once(request, lambda: _read_content(work())))


def _find_scope(by: Principal | None) -> str:
    if by is None:
        return f"address {limits.client_key()}"
    if isinstance(by.credential, MachineCredential):
        return f"actor {by.id} {by.credential_id}"
    return f"actor {by.id}"


def _path_and_query(request: Request) -> str:
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _parse_key(sent: str) -> str:
    if not KEY.fullmatch(sent):
        raise KeyMalformed
    return ESCAPED.sub(r"\1", sent[1:-1]) if sent.startswith('"') else sent


def _read_content(response: Response) -> ResponseContent:
    headers = {
        name: response.headers[name] for name in REPEATED_HEADERS if name in response.headers
    }
    return ResponseContent(response.status_code, headers, response.get_data())


def _make_response(
    content: ResponseContent,
    replayed: bool,  # noqa: FBT001  as the service returns it
) -> Response:
    headers = {**content.headers, **({REPLAYED: "true"} if replayed else {})}
    response = Response(content.body, content.status)
    response.headers.clear()
    response.headers.update(headers)
    return response
