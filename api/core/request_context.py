"""The request that this thread serves, for what records it: the audit log, sessions, attempts.

Services read it here, so that their functions need no argument for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class RequestContext:
    """A request as it is recorded; empty for a command of the operator."""

    request_id: str = ""
    client_address: str = ""
    user_agent: str | None = None  # as the client sent it, not to be trusted
    accept_language: str | None = None  # likewise


NO_REQUEST = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=NO_REQUEST)


def current_request() -> RequestContext:
    return _current.get()


def set_current_request(request: RequestContext) -> None:
    _current.set(request)


def clear_current_request() -> None:
    _current.set(NO_REQUEST)


@contextmanager
def outside_request() -> Iterator[None]:
    """Record what happens in the block without the request that this thread serves."""
    token = _current.set(NO_REQUEST)
    try:
        yield
    finally:
        _current.reset(token)
