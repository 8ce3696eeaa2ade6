"""How messages of the outbox leave the service: one channel for each kind of message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask, current_app

EXTENSION = "rollbook.channels"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to deliver a message.

    ``message_id`` is the same for all attempts, so that a receiver can recognise a message that
    arrives twice. The first ``attempt`` is 1.
    """

    message_id: UUID
    name: str
    content: Mapping[str, object]
    created_at: datetime
    attempt: int


# It returns when the receiver has accepted the message. Otherwise it raises
# TransientDeliveryError, or PermanentDeliveryError if further attempts are in vain. It runs outside
# of any transaction, and ends within MAX_DELIVERY_SECONDS.
Channel = Callable[[Delivery], None]
MAX_DELIVERY_SECONDS = 20


def current_channels() -> Mapping[str, Channel]:
    """Return the channels of the current application, by the kind of the messages."""
    channels: Mapping[str, Channel] = current_app.extensions[EXTENSION]
    return channels


def init_app(app: Flask, channels: Mapping[str, Channel]) -> None:
    app.extensions[EXTENSION] = channels
