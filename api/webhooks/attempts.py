"""One attempt to deliver, and its row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert

from api.core.database import db
from api.webhooks.models import WebhookAttempt
from api.webhooks.responses import Response
from api.webhooks.retries import parse_retry_after
from api.webhooks.signing import SIGNATURE

KEPT_BODY_BYTES = 4096
SLOW_SECONDS = 1.0  # a webhook whose attempts take longer does not delay the others
GONE = 410
INSERT = insert(WebhookAttempt)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What a request led to: a response, or an error in plain words."""

    at: datetime
    seconds: float
    url: str
    address: str | None
    headers: dict[str, str]  # of the request
    response: Response | None
    error: str | None
    is_internal_error: bool = False  # of Rollbook, and not of the receiver

    @property
    def is_success(self) -> bool:
        return self.response is not None and 200 <= self.response.status < 300  # noqa: PLR2004

    @property
    def is_gone(self) -> bool:
        return self.response is not None and self.response.status == GONE

    @property
    def is_slow(self) -> bool:
        return self.seconds > SLOW_SECONDS

    @property
    def reason(self) -> str | None:
        """Return why the event was not delivered; None if it was."""
        if self.response is None:
            return self.error
        return None if self.is_success else f"status {self.response.status}"

    @property
    def retry_after(self) -> timedelta:
        """Return for how long the receiver asks to be left alone."""
        if self.response is None:
            return timedelta()
        text, status = self.response.retry_after, self.response.status
        return parse_retry_after(text, status=status, now=self.at)


def add_attempt(delivery_id: UUID, attempt: Attempt) -> None:
    """Store an attempt in the current transaction, without its signature."""
    response = attempt.response
    values = {
        "delivery_id": delivery_id,
        "at": attempt.at,
        "duration_ms": round(attempt.seconds * 1000),
        "url": attempt.url,
        "address": attempt.address,
        "status": response.status if response else None,
        "error": attempt.error,
        "request_headers": {name: it for name, it in attempt.headers.items() if name != SIGNATURE},
        "response_headers": _clean_headers(response) if response else None,
        "response_body": _clean(response.body) if response else None,
    }
    db.session.connection().execute(INSERT, values)


def _clean_headers(response: Response) -> dict[str, str]:
    return {name.replace("\0", ""): it.replace("\0", "") for name, it in response.headers.items()}


def _clean(body: bytes) -> str:
    """Return the beginning as text; PostgreSQL stores no NUL."""
    return body[:KEPT_BODY_BYTES].decode(errors="replace").replace("\0", "\ufffd")
