"""Limiting the mails that any client can have sent to an e-mail address.

They are counted in the database, for all workers together, by the address alone: a known and an
unknown one take the same work, and the response does not depend on the count.
"""

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import bindparam, text

from api.core import clock, identifiers
from api.core.database import UTC_DATETIME, db, delete_rows
from api.core.runtime import current_settings
from api.mail.catalogue import Template
from api.mail.models import MailCount

REQUESTS = "mail"  # the name of the rate limit per client IP address
INTERVAL_SECONDS = 60  # between two mails of one kind
MAX_PER_HOUR = 5
WINDOW = timedelta(hours=1)
PURGE_BATCH_ROWS = 1000

TIMESTAMPS = ("now", "next_at", "window_ends_at")
# A mail beyond the limit changes nothing, so requests that go on do not prolong the wait.
COUNT = text("""
    INSERT INTO mail_counts AS kept (key, sent, next_at, window_ends_at)
    VALUES (:key, 1, :next_at, :window_ends_at)
    ON CONFLICT (key) DO UPDATE SET
        sent = CASE WHEN kept.window_ends_at > :now THEN kept.sent + 1 ELSE 1 END,
        next_at = excluded.next_at,
        window_ends_at = CASE
            WHEN kept.window_ends_at > :now THEN kept.window_ends_at
            ELSE excluded.window_ends_at END
    WHERE kept.next_at <= :now AND (kept.window_ends_at <= :now OR kept.sent < :max_sent)
    RETURNING key
""").bindparams(*(bindparam(name, type_=UTC_DATETIME) for name in TIMESTAMPS))


def count_mail(template: Template, email: str, *, interval_seconds: int = INTERVAL_SECONDS) -> bool:
    """Count a mail in the current transaction, and return whether it may be sent.

    An address gets one mail of a kind in 60 seconds, or ``interval_seconds``, and five in an hour.
    Parallel requests wait for each other. Every spelling of an address has the same count.
    """
    if not current_settings().limits_enabled:
        return True
    now = clock.now()
    values = {
        "key": _make_key(template, email),
        "now": now,
        "next_at": now + timedelta(seconds=interval_seconds),
        "window_ends_at": now + WINDOW,
        "max_sent": MAX_PER_HOUR,
    }
    return db.session.execute(COUNT, values).one_or_none() is not None


def permit_notice(template: Template, email: str, *, is_verified: bool) -> bool:
    """Count a notice about an account, and return whether it may be sent.

    Its owner gets each notice. An address that is not verified may belong to another person,
    who must not get any number of them.
    """
    return count_mail(template, email) or is_verified


def purge() -> int:
    """Delete a batch of the counts that no longer limit anything, and return how many."""
    is_old = MailCount.window_ends_at < clock.now() - timedelta(seconds=INTERVAL_SECONDS)
    return delete_rows(MailCount.key, is_old, max_rows=PURGE_BATCH_ROWS)


def _make_key(template: Template, email: str) -> str:
    """Return a digest, so that the table has no addresses of people who have no account."""
    counted = f"{template}:{identifiers.email_key(email)}"
    return sha256(counted.encode("utf-8", "surrogatepass")).hexdigest()
