"""How often a password may be tried on one account, over all workers, addresses and restarts.

Each attempt is counted before the password is hashed, in one statement: a hundred guesses in
parallel are a hundred attempts, and five of them are heard.

Nobody is shut out for good. NIST SP 800-63B would close an account after 100 failures in a row;
anyone could then close anyone's. Instead the window stretches to 15 minutes for a single attempt,
which leaves a guesser 96 guesses a day and lets the owner back in soon after the guessing stops.
"""

from datetime import timedelta
from hashlib import sha256
from itertools import count as numbers
from math import ceil
from uuid import UUID

from sqlalchemy import Connection, bindparam, text

from api import config
from api.core import clock
from api.core.database import UtcDateTime, autocommit, db
from api.passwords.errors import TooManyAttempts

POLICY = "password-attempts"
LONG_SERIES = 100  # failures in a row, after which the window stretches
LONG_WINDOW = 900  # seconds, then for a single attempt
MEMORY = timedelta(days=1)  # for which a series outlives its last window
PURGED_EVERY = 100  # attempts
PURGED_AT_ONCE = 1000  # rows: more than come in meanwhile, so the table is bounded

_counted = numbers(1)

# An attempt beyond the quota puts the counter one above it, where it stays: whoever is refused
# neither prolongs the window nor adds to the series, since no password of theirs was looked at.
COUNT = (
    text("""
    INSERT INTO password_attempts AS kept (key, window_ends_at, attempts, consecutive)
    VALUES (:key, :window_ends_at, 1, 1)
    ON CONFLICT (key) DO UPDATE SET
        window_ends_at = CASE
            WHEN kept.window_ends_at > :now THEN kept.window_ends_at
            WHEN kept.consecutive >= :long_series THEN :long_window_ends_at
            ELSE :window_ends_at END,
        attempts = CASE
            WHEN kept.window_ends_at <= :now THEN 1
            WHEN kept.attempts < :quota AND kept.consecutive < :long_series THEN kept.attempts + 1
            ELSE :quota + 1 END,
        consecutive = CASE
            WHEN kept.window_ends_at <= :now
              OR kept.attempts < :quota AND kept.consecutive < :long_series
            THEN kept.consecutive + 1 ELSE kept.consecutive END
    RETURNING window_ends_at, attempts, consecutive
""")
    .bindparams(
        bindparam("now", type_=UtcDateTime),
        bindparam("window_ends_at", type_=UtcDateTime),
        bindparam("long_window_ends_at", type_=UtcDateTime),
    )
    .columns(window_ends_at=UtcDateTime)
)
GIVE_BACK = text("""
    UPDATE password_attempts SET attempts = attempts - 1, consecutive = consecutive - 1
    WHERE key = :key AND attempts > 0 AND consecutive > 0
""")
FORGET = text("DELETE FROM password_attempts WHERE key = :key")
PURGE = text("""
    DELETE FROM password_attempts WHERE key IN (
        SELECT key FROM password_attempts WHERE window_ends_at < :horizon LIMIT :most)
""").bindparams(bindparam("horizon", type_=UtcDateTime))


def key(owner: UUID | str) -> str:
    """Name the counter of an account by its id, or of a stranger by the canonical identifier.

    A digest, so that the table holds no address that someone mistyped.
    """
    kind = "account" if isinstance(owner, UUID) else "stranger"
    return sha256(f"{kind}:{owner}".encode("utf-8", "surrogatepass")).hexdigest()


def count(key: str) -> None:
    """Count an attempt, before the password is looked at.

    Raises:
        TooManyAttempts: this one is beyond the quota.
    """
    settings, now = config.settings(), clock.now()
    if not settings.limits_enabled:
        return
    quota, window = settings.login_attempts, settings.login_window_seconds
    moments = {
        "now": now,
        "window_ends_at": now + timedelta(seconds=window),
        "long_window_ends_at": now + timedelta(seconds=LONG_WINDOW),
    }
    values = {"key": key, "quota": quota, "long_series": LONG_SERIES, **moments}
    with autocommit() as connection:
        ends, attempts, consecutive = connection.execute(COUNT, values).one()
        _purge_in_passing(connection)
    if attempts > quota:
        stretched = consecutive > LONG_SERIES
        policy = (1, LONG_WINDOW) if stretched else (quota, window)
        raise TooManyAttempts(POLICY, *policy, max(1, ceil((ends - now).total_seconds())))


def give_back(key: str) -> None:
    """Take back an attempt whose password was not looked at after all."""
    with autocommit() as connection:
        connection.execute(GIVE_BACK, {"key": key})


def forget(key: str) -> None:
    """Begin anew: the right password was given."""
    with autocommit() as connection:
        connection.execute(FORGET, {"key": key})


def forget_with_the_rest(key: str) -> None:
    """Begin anew as part of the transaction in hand, which may still be undone."""
    db.session.execute(FORGET, {"key": key})


def _purge_in_passing(connection: Connection) -> None:
    if next(_counted) % PURGED_EVERY == 0:
        horizon = clock.now() - MEMORY
        connection.execute(PURGE, {"horizon": horizon, "most": PURGED_AT_ONCE})
