"""When a password is good enough: long, not everybody's, and not about its owner.

No composition rules, hints or expiry: NIST SP 800-63B, 3.1.1.2 forbids them.
"""

import re
from collections.abc import Iterable, Iterator

from api.core.errors import ValidationError
from api.core.identifiers import PRINTABLE, fold_text
from api.passwords.common import is_common

FLOOR = 8
DEFAULT_MINIMUM = 12
LONGEST = 256
SERVICE_NAME = "rollbook"
TELLING = 4  # letters, from which on a name in a password gives it away by itself
PRINTABLE_ONLY = re.compile(PRINTABLE)
SURROGATE = re.compile(r"[\uD800-\uDFFF]")  # cannot be written in UTF-8, so not in a request either


def validation_errors(
    password: str, *, pointer: str, minimum: int, context: Iterable[str], common: bool
) -> Iterator[ValidationError]:
    """Find what is wrong with a password; length is counted in code points, as it was typed.

    ``context`` holds what is known of its owner: username, address. ``common`` says whether the
    list of common passwords is asked.
    """
    least = max(minimum, FLOOR)
    if len(password) < least:
        yield ValidationError(
            pointer, "password_too_short", f"must have {least} characters or more"
        )
    elif len(password) > LONGEST:
        yield ValidationError(
            pointer, "password_too_long", f"must have {LONGEST} characters or fewer"
        )
    elif SURROGATE.search(password) or not PRINTABLE_ONLY.fullmatch(password):
        # login would refuse it by its shape, however it came here
        yield ValidationError(pointer, "pattern", "has characters or a form that are not allowed")
    elif common and is_common(password):
        yield ValidationError(
            pointer, "password_blocklisted", "is one of those that are guessed first"
        )
    elif any(_gives_away(word, password) for word in (SERVICE_NAME, *context)):
        message = "must not contain the username, the email address or the name of this service"
        yield ValidationError(pointer, "password_blocklisted", message)


def _gives_away(word: str, password: str) -> bool:
    """Tell whether a password rests on a word, of an address on what stands before the @.

    Only letters and digits are compared: Ada-Lovelace is ada.lovelace. A word shorter than
    ``TELLING`` is in many a good password (al in medal), so it counts only where it makes up more
    than half of it.
    """
    word, password = _bare(word.rpartition("@")[0] or word), _bare(password)
    rest = password.replace(word, "")
    return word in password and (len(word) >= TELLING or len(rest) * 2 < len(password))


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, fold_text(text)))
