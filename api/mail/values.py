"""The values of a mail, made fit for its text.

A name that a stranger chose must not carry a message of its own: invitations would be a way to send
spam with our sender. Such a name is left out, and the text does without it.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from unicodedata import category, normalize

from api.languages.timestamps import format_timestamp

NAMES = frozenset({"device", "inviter", "key_name", "service_account"})  # chosen by users
TIMESTAMPS = frozenset({"at", "erase_at", "erased_at"})
MAX_NAME_LENGTH = 60
ELLIPSIS = "…"
# What mail programs make a link of: a scheme, an address, or a name with a domain of letters. NFKC
# makes a full stop of most characters that look like one, but not of the ideographic one.
LINK = re.compile(r"://|www\.|@|[^\W_][.\u3002][^\W\d_]{2,}", re.IGNORECASE)


def prepare_values(values: Mapping[str, object], language: str) -> dict[str, object]:
    """Return the values as a text shows them: names cleaned, timestamps in words."""
    return {name: _prepare(name, value, language) for name, value in values.items()}


def _prepare(name: str, value: object, language: str) -> object:
    if not isinstance(value, str):
        return value
    if name in TIMESTAMPS:
        return format_timestamp(datetime.fromisoformat(value), language)
    if name == "device":
        value = value.replace(" on ", ", ")  # such as "Firefox on Linux", in any language
    return clean_name(value) if name in NAMES else value


def clean_name(name: str) -> str | None:
    """Return a name in one line and of limited length, or None if it could pass for a link."""
    visible = "".join(each for each in name if category(each)[0] != "C" or each in "\n\r\t")
    words = " ".join(visible.split())
    if not words or LINK.search(normalize("NFKC", words)):
        return None
    is_long = len(words) > MAX_NAME_LENGTH
    return words[: MAX_NAME_LENGTH - 1].rstrip() + ELLIPSIS if is_long else words
