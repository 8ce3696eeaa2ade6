"""Where the request in hand comes from, for what keeps a record of it: the audit trail, sessions.

Services ask here, so that not every one of their functions has to hand it on.
"""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Origin:
    """A request as it is recorded; empty for what the operator does in a terminal."""

    request_id: str = ""
    client_address: str = ""
    user_agent: str | None = None  # as the client sent it, not to be trusted


NOWHERE = Origin()
_in_hand: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def origin() -> Origin:
    return _in_hand.get()


def begin(request: Origin) -> None:
    _in_hand.set(request)


def end() -> None:
    _in_hand.set(NOWHERE)
