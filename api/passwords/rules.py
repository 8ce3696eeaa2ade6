"""The password policy: length, the list of common passwords, and the names of the owner.

There are no composition rules, hints or expiry: NIST SP 800-63B, 3.1.1.2 forbids them.
"""

import re
from collections.abc import Iterable, Iterator

from api.core.errors import ValidationError
from api.core.identifiers import PRINTABLE, fold_text
from api.passwords.common import is_common

MIN_LENGTH = 8
DEFAULT_MIN_LENGTH = 12
MAX_LENGTH = 256
SERVICE_NAME = "rollbook"
MIN_WORD_LENGTH = 4  # characters of a name that no password may contain
PRINTABLE_ONLY = re.compile(PRINTABLE)
SURROGATE = re.compile(r"[\uD800-\uDFFF]")  # cannot be written in UTF-8, so not in a request either


def find_errors(
    password: str, *, pointer: str, minimum: int, context: Iterable[str], common: bool
) -> Iterator[ValidationError]:
    """Return the rules that a password breaks; its length is counted in code points.

    ``context`` holds the username and e-mail address of its owner. ``common`` is whether the list
    of common passwords is used.
    """
    minimum = max(minimum, MIN_LENGTH)
    if len(password) < minimum:
        yield ValidationError(
            pointer, "password_too_short", f"must have {minimum} characters or more"
        )
    elif len(password) > MAX_LENGTH:
        yield ValidationError(
            pointer, "password_too_long", f"must have {MAX_LENGTH} characters or fewer"
        )
    elif SURROGATE.search(password) or not PRINTABLE_ONLY.fullmatch(password):
        # the login operation would reject it
        yield ValidationError(pointer, "pattern", "has characters or a form that are not allowed")
    elif common and is_common(password):
        yield ValidationError(
            pointer, "password_blocklisted", "is one of those that are guessed first"
        )
    elif any(_is_built_on(word, password) for word in (SERVICE_NAME, *context)):
        message = "must not contain the username, the email address or the name of this service"
        yield ValidationError(pointer, "password_blocklisted", message)


def _is_built_on(word: str, password: str) -> bool:
    """Return whether a password consists largely of a word or a local part.

    Only letters and digits are compared: Ada-Lovelace is ada.lovelace. A word shorter than
    ``MIN_WORD_LENGTH`` occurs in many good passwords (al in medal), so it counts only if it is more
    than half of the password.
    """
    word, password = _strip_signs(word.rpartition("@")[0] or word), _strip_signs(password)
    rest = password.replace(word, "")
    return word in password and (len(word) >= MIN_WORD_LENGTH or len(rest) * 2 < len(password))


def _strip_signs(text: str) -> str:
    return "".join(filter(str.isalnum, fold_text(text)))
