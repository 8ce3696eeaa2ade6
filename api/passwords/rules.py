"""The password policy: length, the list of common passwords, and the names of the owner.

There are no composition rules, hints or expiry: NIST SP 800-63B, 3.1.1.2 forbids them.
"""

import re
from collections.abc import Iterable, Iterator

from api.core.errors import ValidationError
from api.core.identifiers import PRINTABLE, fold_text
from api.core.validation_rules import ValidationRule
from api.passwords.common import is_common

MIN_LENGTH = 8
DEFAULT_MIN_LENGTH = 12
MAX_LENGTH = 256
SERVICE_NAME = "rollbook"
MIN_WORD_LENGTH = 4  # characters; a shorter name may be part of a password
PRINTABLE_ONLY = re.compile(PRINTABLE)
SURROGATE = re.compile(r"[\uD800-\uDFFF]")  # UTF-8 cannot encode them, so no request has them


def find_errors(
    password: str, *, pointer: str, minimum: int, context: Iterable[str], common: bool
) -> Iterator[ValidationError]:
    """Yield an error for the rule that a password breaks. Its length is counted in code points.

    ``context`` has the username and the e-mail address of its owner. ``common`` is whether common
    passwords are rejected.
    """
    minimum = max(minimum, MIN_LENGTH)
    if len(password) < minimum:
        message = f"must have {minimum} characters or more"
        yield ValidationError(pointer, ValidationRule.PASSWORD_TOO_SHORT, message)
    elif len(password) > MAX_LENGTH:
        message = f"must have {MAX_LENGTH} characters or fewer"
        yield ValidationError(pointer, ValidationRule.PASSWORD_TOO_LONG, message)
    elif SURROGATE.search(password) or not PRINTABLE_ONLY.fullmatch(password):
        # the login operation would reject it
        yield ValidationError(
            pointer, ValidationRule.PATTERN, "has characters or a form that are not allowed"
        )
    elif common and is_common(password):
        message = "must not be a common password"
        yield ValidationError(pointer, ValidationRule.PASSWORD_BLOCKLISTED, message)
    elif any(_is_based_on(word, password) for word in (SERVICE_NAME, *context)):
        message = "must not contain the username, the e-mail address or the name of this service"
        yield ValidationError(pointer, ValidationRule.PASSWORD_BLOCKLISTED, message)


def _is_based_on(word: str, password: str) -> bool:
    """Return whether a password contains a word, or the local part of an e-mail address.

    Only letters and digits are compared, so that Ada-Lovelace equals ada.lovelace. A word that is
    shorter than ``MIN_WORD_LENGTH`` occurs in many good passwords (al in medal). It counts only if
    it is more than half of the password.
    """
    word, password = _strip_signs(word.rpartition("@")[0] or word), _strip_signs(password)
    rest = password.replace(word, "")
    return word in password and (len(word) >= MIN_WORD_LENGTH or len(rest) * 2 < len(password))


def _strip_signs(text: str) -> str:
    return "".join(filter(str.isalnum, fold_text(text)))
