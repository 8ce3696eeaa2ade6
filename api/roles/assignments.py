"""The text form in which the database returns roles and their permissions."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from api.core.permissions import Permission

ADMIN, USER = "admin", "user"  # built in; every account has USER, which is not stored
ALL_PERMISSIONS = "*"  # of administrators; also the permissions that later versions add
SEPARATOR = ","  # between roles
MAX_ROLES_PER_USER = 20  # or access tokens become too long to be sent
MAX_CACHED_TEXTS = 256  # combinations of roles; few are in use

PERMISSIONS_BY_NAME = {permission.value: permission for permission in Permission}


class RoleAssignments(NamedTuple):
    """The roles of an account, and all permissions that they carry."""

    roles: tuple[str, ...]
    permissions: frozenset[Permission]


def format_permissions(permissions: Iterable[str]) -> str:
    return " ".join(sorted(permissions))


def parse_permissions(text: str) -> frozenset[Permission]:
    """Return the permissions that a text names; names that only another version knows are left out.

    The names are separated by spaces.
    """
    if text == ALL_PERMISSIONS:
        return frozenset(Permission)
    return frozenset(
        PERMISSIONS_BY_NAME[name] for name in text.split() if name in PERMISSIONS_BY_NAME
    )


@lru_cache(MAX_CACHED_TEXTS)
def parse_assignments(text: str | None) -> RoleAssignments:
    """Return the roles of a user and the permissions that they carry.

    In the text each role is its name, followed by its permissions. The result is cached, because
    every request needs it.
    """
    found = parse_service_assignments(text)
    return found._replace(roles=tuple(sorted({USER, *found.roles})))


@lru_cache(MAX_CACHED_TEXTS)
def parse_service_assignments(text: str | None) -> RoleAssignments:
    """Return the roles of a service account, which lacks ``user``, as ``parse_assignments``."""
    lines = (text or "").split(SEPARATOR)
    permissions_by_role = {
        name: names for name, _, names in (line.partition(" ") for line in lines) if name
    }
    permissions = frozenset[Permission]().union(
        *map(parse_permissions, permissions_by_role.values())
    )
    return RoleAssignments(tuple(sorted(permissions_by_role)), permissions)
