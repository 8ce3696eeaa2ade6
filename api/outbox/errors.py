"""The errors of a delivery. Any other exception of a channel counts as transient, and is logged."""


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
