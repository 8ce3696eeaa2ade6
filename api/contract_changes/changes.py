"""A change, where it is, and what it means for a client."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """What a change means for a client that works with the old version."""

    BREAKING = "breaking"  # the client may fail, or no longer compile
    COMPATIBLE = "compatible"  # the client works as before
    INFO = "info"  # nothing has changed yet, but something may


ORDER = list(Severity)


@dataclass(frozen=True)
class Place:
    """A place in the contract: ``GET /api/me``, ``response 200``, ``/email``."""

    operation: str
    part: str = ""
    pointer: str = ""  # of a member, in the body or the parameter
    schema: str = ""  # the component schema that the member belongs to
    schema_pointer: str = ""  # of the member, in that schema

    def enter_part(self, part: str) -> "Place":
        return replace(self, part=f"{self.part} {part}".strip())

    def enter_schema(self, name: str) -> "Place":
        return replace(self, schema=name, schema_pointer="") if name else self

    def enter_member(self, name: str) -> "Place":
        step = "/" + name.replace("~", "~0").replace("/", "~1")
        return replace(self, pointer=self.pointer + step, schema_pointer=self.schema_pointer + step)

    def __str__(self) -> str:
        return f"{self.part} {self.pointer}".strip()


@dataclass(frozen=True)
class Change:
    """One difference between two versions of the contract."""

    severity: Severity
    rule: str  # its stable name, such as ``member-removed``
    place: Place
    message: str

    def __str__(self) -> str:
        columns = (self.severity, self.place.operation, str(self.place), self.message)
        return "  ".join(filter(None, columns))

    @property
    def cause(self) -> tuple[str, ...]:
        """Return what the changes of several operations have in common if they are one change."""
        place = self.place
        if place.schema:
            at = (place.schema, place.schema_pointer)
        else:
            at = (place.part or place.operation, place.pointer)
        return (self.severity, self.rule, self.message, *at)


@dataclass(frozen=True)
class RepeatedChange:
    """One change of the contract, and every place where a client meets it."""

    change: Change
    places: tuple[Place, ...]

    def __str__(self) -> str:
        others = len(self.places) - 1
        if not others:
            return str(self.change)
        schema = f"schema {self.change.place.schema}, " if self.change.place.schema else ""
        return f"{self.change}  ({schema}{others} more place{'s'[: others > 1]})"

    @property
    def is_breaking(self) -> bool:
        return self.change.severity is Severity.BREAKING

    @property
    def operations(self) -> list[str]:
        return list(dict.fromkeys(place.operation for place in self.places))


def merge_changes(changes: Iterable[Change]) -> list[RepeatedChange]:
    """Merge what one component changes in several operations; breaking changes come first."""
    merged: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        merged.setdefault(change.cause, []).append(change)
    repeated = [
        RepeatedChange(same[0], tuple(change.place for change in same)) for same in merged.values()
    ]
    return sorted(repeated, key=lambda each: ORDER.index(each.change.severity))
