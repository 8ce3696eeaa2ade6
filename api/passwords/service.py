"""What other capabilities ask about passwords."""

from collections.abc import Iterable

from api import config
from api.core import hashing
from api.core.errors import InvalidRequest, Overloaded
from api.passwords import attempts, rules


def check(password: str, *, context: Iterable[str], pointer: str = "/password") -> None:
    """Refuse a password that is not good enough to be chosen.

    ``context`` holds the username and address of its owner, ``pointer`` says where it was sent.

    Raises:
        Invalid: it breaks a rule.
    """
    settings = config.settings()
    broken = rules.validation_errors(
        password,
        pointer=pointer,
        minimum=settings.password_min_length,
        context=context,
        common=settings.password_blocklist,
    )
    if found := list(broken):
        raise InvalidRequest(found)


def match(stored: str | None, password: str, *, key: str) -> bool:
    """Tell whether the password is the stored one, and count the attempt before looking.

    Give ``None`` for an account that does not exist or may not log in: that takes as long, never
    matches, and does not clear the count, which would tell a right guess on a suspended account.

    Raises:
        TooManyAttempts: it is not looked at.
        Overloaded: there was no time to look at it, and it does not count.
    """
    attempts.count(key)
    try:
        matches = hashing.verify(stored, password)
    except Overloaded:
        attempts.give_back(key)
        raise
    if matches:
        attempts.forget(key)
    return matches
