"""Names of users as other systems store them, and what of them an account can have."""

import re

from api.core.identifiers import MAX_NAME_LENGTH, PRINTABLE, is_email, is_name
from api.users.usernames import find_imported_username_problem

VISIBLE = re.compile(PRINTABLE)
JOINERS = "\u200d\ufe0f"  # between the parts of an emoji


def clean_name(text: str) -> str:
    """Return a name without line breaks and tabs: each run of white space is one space."""
    return " ".join(text.split())


def cut_name(name: str) -> str | None:
    """Return as much of a display name as an account can have, or None if it cannot have it."""
    shorter = (
        name[:MAX_NAME_LENGTH].rstrip().rstrip(JOINERS) if len(name) > MAX_NAME_LENGTH else name
    )
    return shorter if is_name(shorter) and VISIBLE.search(shorter) else None


def is_imported_username(username: str) -> bool:
    """Return whether an account can have this username, unless the settings forbid usernames."""
    if is_email(username) or not VISIBLE.search(username):
        return False
    return find_imported_username_problem(username) is None
