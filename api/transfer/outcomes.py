"""What happened to the rows of an import."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from api.core.errors import ValidationError
from api.transfer.row import Place


class Outcome(StrEnum):
    """The outcome of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class OnConflict(StrEnum):
    """What happens to an account that exists with other members than its row.

    With ``UPDATE_ONLY`` it is updated, and a row without an account is rejected.
    """

    REPORT = "report"
    UPDATE = "update"
    UPDATE_ONLY = "update_only"

    @property
    def updates(self) -> bool:
        return self is not OnConflict.REPORT


@dataclass(frozen=True)
class Outcomes:
    """What happened to the accounts, by row. A conflict also has the id of the account."""

    created: dict[Place, UUID] = field(default_factory=dict)
    unchanged: dict[Place, UUID] = field(default_factory=dict)
    updated: dict[Place, UUID] = field(default_factory=dict)
    conflicts: dict[Place, tuple[UUID, list[ValidationError]]] = field(default_factory=dict)
    rejected: dict[Place, list[ValidationError]] = field(default_factory=dict)

    def add(self, other: "Outcomes") -> None:
        self.created.update(other.created)
        self.unchanged.update(other.unchanged)
        self.updated.update(other.updated)
        self.conflicts.update(other.conflicts)
        self.rejected.update(other.rejected)
