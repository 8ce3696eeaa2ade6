"""What roles allow, as it is written in the database: names of permissions, with spaces between."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from api.core.permissions import Permission

ADMIN, USER = "admin", "user"  # built in; everybody is a user, without it being written down
EVERYTHING = "*"  # what an administrator may: also what later versions add
SEPARATOR = ","  # between roles, of which the name comes first
MAX_ROLES_PER_USER = 20  # of an account, or its access tokens become too long to be sent
REMEMBERED = 256  # combinations of roles that are read; few are in use

KNOWN = {permission.value: permission for permission in Permission}


class Rights(NamedTuple):
    """What somebody holds."""

    roles: tuple[str, ...]
    permissions: frozenset[Permission]


def format_permissions(permissions: Iterable[str]) -> str:
    return " ".join(sorted(permissions))


def read(text: str) -> frozenset[Permission]:
    """Return the permissions; those that only another version knows are none."""
    if text == EVERYTHING:
        return frozenset(Permission)
    return frozenset(KNOWN[name] for name in text.split() if name in KNOWN)


@lru_cache(REMEMBERED)
def parse_assignments(text: str | None) -> Rights:
    """Return what roles amount to, each written as its name and its permissions.

    Every request asks, so the answer is remembered under the very text.
    """
    lines = (text or "").split(SEPARATOR)
    roles = {name: allows for name, _, allows in (line.partition(" ") for line in lines) if name}
    permissions = frozenset[Permission]().union(*map(read, roles.values()))
    return Rights(tuple(sorted({USER, *roles})), permissions)
