"""What the counters of password attempts do when a password changes."""

from api.core.events import Event, Occurrence
from api.passwords import attempts

EVENTS = (Event.PASSWORD_CHANGED,)


def forget_attempts(occurrence: Occurrence) -> None:
    """Forget the attempts on an account: its owner may log in with the new password at once."""
    if occurrence.subject is not None:
        attempts.forget_with_the_rest(attempts.key(occurrence.subject))
