"""The errors of a delivery, which a channel raises, and those of requests.

Any other exception of a channel counts as a transient error, and is logged.
"""

from api.core.errors import Conflict, NotFound


class DeliveryError(Exception):
    """A message was not delivered.

    ``text`` is shown to administrators as the last error of the message. It has no content of the
    message, such as an e-mail address.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class TransientDeliveryError(DeliveryError):
    """A later attempt may succeed, at the earliest after ``retry_after_seconds``."""

    def __init__(self, text: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds


class PermanentDeliveryError(DeliveryError):
    """Further attempts are in vain."""


class MessageNotFound(NotFound):
    code = "message_not_found"
    title = "Message not found"
    detail = "There is no message with this id. Delivered messages are deleted after a week."
    remedy = "List the messages to find the id."


class MessageNotDead(Conflict):
    code = "message_not_dead"
    title = "Message not dead"
    detail = "Only a message that was given up can be retried."
    remedy = "Nothing has to be done: it was delivered, or the worker still tries to deliver it."
