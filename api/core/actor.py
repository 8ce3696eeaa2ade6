"""Who is asking, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from api.core.errors import PermissionDenied


class Permission(StrEnum):
    """What a role can allow, named ``resource:action``; alphabetical."""

    AUDIT_READ = "audit:read"
    ROLES_READ = "roles:read"
    ROLES_WRITE = "roles:write"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    TOKENS_INTROSPECT = "tokens:introspect"
    TOKENS_REVOKE = "tokens:revoke"
    USERS_EXPORT = "users:export"
    USERS_HASHES = "users:hashes"
    USERS_IMPORT = "users:import"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"


MEANINGS: dict[Permission, str] = {
    Permission.AUDIT_READ: "Read the audit trail.",
    Permission.ROLES_READ: "See which roles and permissions there are.",
    Permission.ROLES_WRITE: "Define roles, grant and withdraw them.",
    Permission.SESSIONS_READ: "See where somebody is logged in.",
    Permission.SESSIONS_WRITE: "End the sessions of somebody.",
    Permission.TOKENS_INTROSPECT: "Ask what a token stands for.",
    Permission.TOKENS_REVOKE: "Make a token void.",
    Permission.USERS_EXPORT: "Export all accounts.",
    Permission.USERS_HASHES: "Export password hashes with the accounts.",
    Permission.USERS_IMPORT: "Import accounts.",
    Permission.USERS_READ: "Find and read accounts.",
    Permission.USERS_WRITE: "Open, change, suspend and delete accounts.",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who has proven who they are.

    ``record`` is the account as it was read when the token was recognised, so that whoever asks
    for their own account costs no second query.
    """

    id: UUID
    permissions: frozenset[Permission] = frozenset()
    record: Any = None
    roles: tuple[str, ...] = ()

    def must(self, permission: Permission, *, unless_self: UUID | None = None) -> None:
        """Refuse unless the permission is held, or the matter is the actor's own."""
        if permission not in self.permissions and self.id != unless_self:
            raise PermissionDenied(permission)

    def must_hold(self, permissions: Iterable[Permission]) -> None:
        """Refuse unless all of these are held; the first that is missing is told."""
        for missing in sorted(set(permissions) - self.permissions):
            raise PermissionDenied(missing)
