"""Usernames, e-mail addresses and names, and when two of them are equal.

Each is stored as it was entered and compared by its key: NFKC, case-folded, the domain of an
address in its ASCII form (IDNA 2008). The key carries the unique index, so that two spellings of
one mailbox cannot become two accounts.
"""

import re
from functools import lru_cache, partial
from unicodedata import category, normalize

import email_validator
from email_validator import EmailNotValidError, validate_email

from api.core.confusables import replace_confusables

# No control characters (also NUL), no characters that change the text direction, no non-characters.
PRINTABLE = r"^[^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFDD0-\uFDEF\uFFFE\uFFFF]*$"
# Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties), and the category Cf.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
NON_JOINER, JOINER = "\u200c", "\u200d"
EMOJI_VARIATION = "\ufe0f"
KEYCAPS, ENCLOSING_KEYCAP = "#*0123456789", "\u20e3"
EMOJI_CATEGORIES = {"So", "Sm", "Sk"}  # symbols, and modifiers of the skin tone
FLAG = "\U0001f3f4"
REGIONAL_FLAG = re.compile(f"{FLAG}[\U000e0020-\U000e007e]+\U000e007f")  # such as that of Scotland
MAX_EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
MAX_LOCAL_PART_BYTES = 64  # octets, 4.5.3.1.1
MAX_EMAIL_KEY_LENGTH = (
    320  # folding may lengthen it: one letter of an Arabic phrase becomes eighteen
)
MAX_NAME_LENGTH = 80
MAX_USERNAME_KEY_LENGTH = 320  # as that of an e-mail address, which can be a username

# Domains that receive no mail (RFC 6761 and others). A setting decides whether they are accepted,
# so email_validator must not reject them; emptying its list is the way that it documents.
RESERVED_DOMAINS = frozenset(email_validator.SPECIAL_USE_DOMAIN_NAMES) - {"test"}
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

parse_email = partial(validate_email, check_deliverability=False, globally_deliverable=False)


def fold_text(text: str) -> str:
    """Return the form by which two spellings are compared."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def has_invisible_characters(text: str) -> bool:
    """Return whether a name has characters that are not seen.

    Joiners between letters and those of an emoji sequence are accepted: some scripts and emoji
    cannot be written without them.
    """
    text = REGIONAL_FLAG.sub(FLAG, text)
    return any(not _is_joiner(text, match.start()) for match in INVISIBLE.finditer(text))


def _is_joiner(text: str, place: int) -> bool:
    """Return whether an invisible character joins what is before and after it."""
    character, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    if not before:
        return False
    if character == EMOJI_VARIATION:
        return _is_emoji(before) or (before in KEYCAPS and after == ENCLOSING_KEYCAP)
    if not after or character not in {NON_JOINER, JOINER}:
        return False
    if category(before)[0] in "LM" and before != EMOJI_VARIATION:
        return not INVISIBLE.match(before) and not INVISIBLE.match(after) and after.isalpha()
    return (
        character == JOINER
        and (before == EMOJI_VARIATION or _is_emoji(before))
        and _is_emoji(after)
    )


def _is_emoji(character: str) -> bool:
    return not character.isascii() and category(character) in EMOJI_CATEGORIES


def is_name(text: object) -> bool:
    """Return whether a text can be a display name: all of it is visible, and its key is stable.

    The key of a longer text than a name is not computed: normalising takes time in the square of a
    run of marks, and maxLength rejects the text.
    """
    if not isinstance(text, str) or has_invisible_characters(text) or text.isspace():
        return False
    if len(text) > MAX_NAME_LENGTH:
        return True
    return fold_text(fold_text(text)) == fold_text(text)


def username_key(username: str) -> str:
    """Return the form by which usernames are compared. That of an e-mail address is its own key."""
    folded = fold_text(username.strip())
    if "@" in username:
        return email_key(username)
    if "@" in folded:  # NFKC makes it of some characters
        return email_key(folded)
    return fold_text(replace_confusables(folded))


def is_username(text: str) -> bool:
    """Return whether all of a username is visible, and its key is stable."""
    if not text or text != text.strip() or has_invisible_characters(text):
        return False
    key = username_key(text)
    return 0 < len(key) <= MAX_USERNAME_KEY_LENGTH and username_key(key) == key


def is_external_id(text: object) -> bool:
    """Return whether a text can be an id in another system or its name: all of it is visible."""
    if not isinstance(text, str):
        return False
    return text == text.strip() and not has_invisible_characters(text)


def name_key(name: str | None) -> str | None:
    """Return the form in which a name is searched for; folding may lengthen it."""
    return fold_text(name)[:MAX_NAME_LENGTH] if name else None


def email_key(email: str) -> str:
    """Return the form by which e-mail addresses are compared.

    Any text has one, so that a login with a text that is no address fails like any other login.
    """
    local, at, domain = email.strip().rpartition("@")
    if not at:
        return fold_text(domain)
    try:
        ascii_domain = _ascii_domain(domain)
    except EmailNotValidError:
        return fold_text(email.strip())
    return f"{fold_text(local)}@{ascii_domain}"


@lru_cache(1024)  # few domains have most of the addresses, and it takes 50 µs
def _ascii_domain(domain: str) -> str:
    ascii_domain: str = parse_email(f"x@{domain}").ascii_domain
    return ascii_domain


def is_email(text: object) -> bool:
    """Return whether this is an e-mail address (RFC 5321, 4.1.2); the DNS is not asked."""
    if not isinstance(text, str) or len(text) > MAX_EMAIL_LENGTH:
        return False
    try:
        parse_email(text, strict=True)
    except EmailNotValidError:
        return False
    local, _, domain = text.rpartition("@")
    if domain.rpartition(".")[2].isdigit():  # a part of an IP address
        return False
    if len(local.encode()) > MAX_LOCAL_PART_BYTES or has_invisible_characters(local):
        return False
    return _is_email_key(email_key(text))


def find_reserved_domain(email: str) -> str | None:
    """Return the domain of an e-mail address that receives no mail, if it has one.

    It is a name without a dot, such as `localhost`, or ends with a special-use domain.
    """
    labels = email_key(email).rpartition("@")[2].split(".")
    suffixes = (".".join(labels[place:]) for place in range(len(labels)))
    reserved = next((suffix for suffix in suffixes if suffix in RESERVED_DOMAINS), None)
    return labels[0] if len(labels) == 1 else reserved


def _is_email_key(key: str) -> bool:
    """Return whether a key is its own key. NFKC turns some letters into a space or ``@``."""
    if key.count("@") != 1:
        return False
    return len(key) <= MAX_EMAIL_KEY_LENGTH and email_key(key) == key
