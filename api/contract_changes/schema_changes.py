"""Compares two schemas, in a request or in a response."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from api.contract_changes import keywords
from api.contract_changes.changes import Change, Place, Severity
from api.contract_changes.documents import Document, Node, Subschema
from api.contract_changes.keywords import Difference, Effect
from api.contract_changes.schemas import ALL_TYPES, NULL, Form, Schema, normalise

OTHER_MEMBERS = "additionalProperties"
ROWS = "contentSchema"  # of a text that has rows


class Direction(Enum):
    """Who sends the value: a client must not be allowed less, nor be sent more, than before."""

    REQUEST = Effect.NARROWED
    RESPONSE = Effect.WIDENED

    def judge(self, effect: Effect) -> Severity:
        is_breaking = effect in {self.value, Effect.UNCLEAR}
        return Severity.BREAKING if is_breaking else Severity.COMPATIBLE


class SchemaComparison:
    """Compares the schemas of two documents."""

    def __init__(self, old: Document, new: Document, direction: Direction) -> None:
        self.old, self.new, self.direction = old, new, direction
        self._open: list[tuple[str, str]] = []  # compared now; a recursive schema ends there

    def compare(self, old: Subschema, new: Subschema, place: Place) -> Iterator[Change]:
        """Yield the changes of a schema and of everything inside it."""
        before, after = normalise(self.old, old), normalise(self.new, new)
        if before.nullable != after.nullable:
            yield self._judge_null(place, nullable=after.nullable)
        if len(before.forms) == len(after.forms) == 1:
            yield from self._compare_forms(before.forms[0], after.forms[0], place)
        else:
            yield from self._compare_choices(before, after, place)

    def _judge_null(self, place: Place, *, nullable: bool) -> Change:
        if nullable:
            return self._judge(place, Difference(Effect.WIDENED, "null", "can be null"))
        return self._judge(place, Difference(Effect.NARROWED, "null", "can no longer be null"))

    def _compare_choices(self, before: Schema, after: Schema, place: Place) -> Iterator[Change]:
        old = {form.key: form for form in before.forms}
        new = {form.key: form for form in after.forms}
        for key in (key for key in old if key not in new):
            message = f"{key} is no longer one of the forms"
            yield self._judge(place, Difference(Effect.NARROWED, "choice", message))
        for key in (key for key in new if key not in old):
            message = f"{key} is a new form"
            yield self._judge(place, Difference(Effect.WIDENED, "choice", message))
        for key in (key for key in old if key in new):
            yield from self._compare_forms(old[key], new[key], place)

    def _compare_forms(self, old: Form, new: Form, place: Place) -> Iterator[Change]:
        names = (old.name, new.name)
        if all(names) and names in self._open:
            return
        self._open.append(names)
        place = place.enter_schema(new.name)
        yield from self._compare_names(old, new, place)
        for difference in _compare_form(old, new):
            yield self._judge(place, difference)
        yield from self._compare_default(old.node, new.node, place)
        yield from self._compare_members(old.node, new.node, place)
        yield from self._compare_parts(old.node, new.node, place)
        self._open.pop()

    def _compare_names(self, old: Form, new: Form, place: Place) -> Iterator[Change]:
        if old.name and new.name and old.name != new.name:
            message = f"the schema {old.name} is called {new.name}; generated clients rename it"
            yield Change(Severity.BREAKING, "schema-renamed", place, message)

    def _compare_default(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        """Compare the default: what a request without the value means."""
        before, after = old.get("default"), new.get("default")
        if self.direction is Direction.REQUEST and before != after:
            severity = Severity.COMPATIBLE if "default" not in old else Severity.BREAKING
            yield Change(severity, "default", place, f"default `{before}` → `{after}`")

    def _compare_members(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in dict.fromkeys([*before, *after]):
            here = place.enter_member(name)
            if name not in after:
                yield Change(Severity.BREAKING, "member-removed", here, "removed")
            elif name not in before:
                yield self._judge_new_member(old, new, name, here)
            else:
                yield from self._compare_required(old, new, name, here)
                yield from self.compare(before[name], after[name], here)

    def _judge_new_member(self, old: Node, new: Node, name: str, place: Place) -> Change:
        is_required = name in new.get("required", ())
        if self.direction is Direction.REQUEST:
            severity = Severity.BREAKING if is_required else Severity.COMPATIBLE
            return Change(
                severity, "member-added", place, "new, required" if is_required else "new"
            )
        if old.get(OTHER_MEMBERS) is False:
            message = "new, in a schema that was closed to new members"
            return Change(Severity.BREAKING, "member-added", place, message)
        return Change(Severity.COMPATIBLE, "member-added", place, "new")

    def _compare_required(self, old: Node, new: Node, name: str, place: Place) -> Iterator[Change]:
        before, after = name in old.get("required", ()), name in new.get("required", ())
        if after and not before:
            message = "is required" if self.direction is Direction.REQUEST else "is always there"
            yield self._judge(place, Difference(Effect.NARROWED, "required", message))
        if before and not after:
            message = "is optional" if self.direction is Direction.REQUEST else "can be missing"
            yield self._judge(place, Difference(Effect.WIDENED, "required", message))

    def _compare_parts(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        """Compare items, rows and members whose names are not listed."""
        if ROWS in old and ROWS in new:
            yield from self.compare(old[ROWS], new[ROWS], place)
        for keyword, step in (("items", "*"), (OTHER_MEMBERS, "{name}")):
            before, after = old.get(keyword, True), new.get(keyword, True)
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.compare(before, after, place.enter_member(step))
            elif bool(before) and bool(after) and before != after:
                yield self._judge(place, _compare_restriction(keyword, before))
            elif before != after:
                yield self._judge_openness(place, is_open=bool(after))

    def _judge_openness(self, place: Place, *, is_open: bool) -> Change:
        """Judge whether members that are not listed are valid.

        A response that opens sends nothing new yet. Its first new member is reported.
        """
        if is_open:
            message = "is open: other members are valid"
            return Change(Severity.COMPATIBLE, "opened", place, message)
        message = "is closed: other members are invalid"
        return self._judge(place, Difference(Effect.NARROWED, "closed", message))

    def _judge(self, place: Place, difference: Difference) -> Change:
        severity = self.direction.judge(difference.effect)
        return Change(severity, difference.rule, place, difference.message)


def _compare_restriction(keyword: str, before: Any) -> Difference:
    """Compare a schema with its absence, which permits everything."""
    if before is True:
        return Difference(Effect.NARROWED, keyword, f"{keyword} has a schema")
    return Difference(Effect.WIDENED, keyword, f"{keyword} has no schema any more")


def _compare_form(old: Form, new: Form) -> Iterator[Difference]:
    yield from _compare_types(old.types - {NULL}, new.types - {NULL})
    yield from keywords.compare_values(old.node, new.node)
    yield from keywords.compare_keywords(old.node, new.node)


def _compare_types(old: frozenset[str], new: frozenset[str]) -> Iterator[Difference]:
    message = f"type {_describe_types(old)} → {_describe_types(new)}"
    if new - old:
        effect = Effect.UNCLEAR if old - new else Effect.WIDENED
        yield Difference(effect, "type", message)
    elif old - new:
        yield Difference(Effect.NARROWED, "type", message)


def _describe_types(types: frozenset[str]) -> str:
    if types == ALL_TYPES - {NULL}:
        return "any"
    shown = types - {"integer"} if "number" in types else types
    return " or ".join(sorted(shown))
