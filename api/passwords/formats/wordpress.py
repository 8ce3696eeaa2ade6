"""Passwords as WordPress hashes them: perhaps with slashes, and without spaces around them.

WordPress adds a backslash before each quote and backslash of a form (``wp_magic_quotes`` in its
``load.php``). ``wp_signon`` and the pages that set passwords do not remove it again. Its installer
on the command line and some plugins hash the plain password. So a hash is of either form.
"""

import re
from dataclasses import dataclass

from api.passwords.formats.hashes import Wrapped

PHP_SPACES = b" \t\n\r\0\x0b"  # its login removes them around a password
SPECIAL = re.compile(rb"[\'\"\\]")
PREFIX = "{wordpress}"


@dataclass(frozen=True)
class WordpressHash(Wrapped):
    """A hash of WordPress. The cost is that of both forms of a password."""

    @property
    def name(self) -> str:
        return f"{self.inner.name}, of WordPress"

    @property
    def cost(self) -> float:
        return 2 * self.inner.cost

    def accepts(self, password: bytes) -> bool:
        return all(map(self.inner.accepts, _list_forms(password)))

    def matches(self, password: bytes) -> bool:
        return any(map(self.inner.matches, _list_forms(password)))


def make_wordpress_text(password_hash: str) -> str:
    """Return the text that is stored for a hash of WordPress."""
    return f"{PREFIX}{password_hash}"


def _list_forms(password: bytes) -> list[bytes]:
    """Return the forms of a password that WordPress may have hashed, without repetition."""
    forms = (SPECIAL.sub(rb"\\\g<0>", password), password)
    return list(dict.fromkeys(form.strip(PHP_SPACES) for form in forms))
