"""The characters of a setting."""

import unicodedata

# Control and format characters, lone surrogates (bytes that are not UTF-8) and line separators.
INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
QUOTES = "\"'"
MIN_QUOTED_LENGTH = 2


def clean(value: object) -> object:
    """Remove white space around a text, as around the content of a file.

    Raises:
        ValueError: the text contains an invisible character, or has quotes around it.
    """
    if not isinstance(value, str):
        return value
    text = _strip(value)
    if len(text) >= MIN_QUOTED_LENGTH and text[0] == text[-1] and text[0] in QUOTES:
        raise ValueError("has quotes around it, which are part of the value here; remove them")
    return text


def clean_lines(value: object) -> object:
    """Remove white space around each line of a text.

    Raises:
        ValueError: a line contains an invisible character.
    """
    return "\n".join(map(_strip, value.splitlines())) if isinstance(value, str) else value


def _strip(value: str) -> str:
    text = value.strip()
    if any(unicodedata.category(character) in INVISIBLE_CATEGORIES for character in text):
        raise ValueError("contains an invisible character, such as a line break in the middle")
    return text
