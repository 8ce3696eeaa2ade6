"""Usernames, e-mail addresses and names, and when two of them are equal.

Each is stored as it was entered and compared by its key: NFKC, case-folded, the domain of an
address in its ASCII form (IDNA 2008). The key carries the unique index, so that two spellings of
one mailbox cannot become two accounts.
"""

from functools import lru_cache, partial
from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email

# No control characters, NUL among them, none that turn the direction of writing, no non-characters.
PRINTABLE = r"^[^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFDD0-\uFDEF\uFFFE\uFFFF]*$"
MAX_EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
MAX_LOCAL_PART_BYTES = 64  # octets, 4.5.3.1.1
MAX_EMAIL_KEY_LENGTH = (
    320  # folding may lengthen it: one letter of an Arabic phrase becomes eighteen
)
MAX_NAME_LENGTH = 80

# Names that no mail reaches are refused (RFC 6761), save .test: it is for those who try things.
parsed = partial(validate_email, check_deliverability=False, test_environment=True)


def fold_text(text: str) -> str:
    """Return the form by which two spellings are compared."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def username_key(username: str) -> str:
    return fold_text(username.strip())


def name_key(name: str | None) -> str | None:
    """Return the form in which a name is searched for; folding may lengthen it."""
    return fold_text(name)[:MAX_NAME_LENGTH] if name else None


def email_key(email: str) -> str:
    """Return the form by which addresses are compared, also of what is not an address.

    Login asks for the key of anything that people type; it must not tell by an error what
    registration would have accepted.
    """
    local, _, domain = email.strip().rpartition("@")
    try:
        ascii_domain = _ascii_domain(domain)
    except EmailNotValidError:
        return fold_text(email.strip())
    return f"{fold_text(local)}@{ascii_domain}"


@lru_cache(1024)  # few domains have most of the addresses, and it takes 50 µs
def _ascii_domain(domain: str) -> str:
    ascii_domain: str = parsed(f"x@{domain}").ascii_domain
    return ascii_domain


def is_email(text: object) -> bool:
    """Tell whether mail could be addressed like this (RFC 5321, 4.1.2), without asking the DNS."""
    if not isinstance(text, str) or len(text) > MAX_EMAIL_LENGTH:
        return False
    try:
        parsed(text, strict=True)
    except EmailNotValidError:
        return False
    local = text.rpartition("@")[0].encode()
    return len(local) <= MAX_LOCAL_PART_BYTES and len(email_key(text)) <= MAX_EMAIL_KEY_LENGTH
