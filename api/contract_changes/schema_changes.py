"""Compares two schemas, in a request or in a response."""

from collections.abc import Iterator, Mapping
from enum import Enum

from api.contract_changes.changes import Change, Place, Severity
from api.contract_changes.documents import Document, Node, Subschema
from api.contract_changes.forms import compare_form, compare_restriction, read_part
from api.contract_changes.keywords import Difference, Effect
from api.contract_changes.schemas import Form, Schema, normalise

OTHER_MEMBERS = "additionalProperties"
PARTS = {"items": "*", OTHER_MEMBERS: "{name}", "contentSchema": ""}  # and the step to them


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
        self._open: list[
            tuple[str | Form, str | Form]
        ] = []  # compared now; a recursive schema ends there
        self._unchanged: set[tuple[str, str]] = set()  # pairs of references, which many places have

    def compare(self, old: Subschema, new: Subschema, place: Place) -> Iterator[Change]:
        """Yield the changes of a schema and of everything inside it."""
        pair = _read_reference(old), _read_reference(new)
        if pair in self._unchanged:
            return
        changes = list(self._compare_schemas(old, new, place))
        yield from changes
        if all(pair) and not changes and not self._open:
            self._unchanged.add(pair)

    def _compare_schemas(self, old: Subschema, new: Subschema, place: Place) -> Iterator[Change]:
        before, after = normalise(self.old, old), normalise(self.new, new)
        yield from _compare_names(before.names, after.names, place)
        if before.nullable != after.nullable:
            yield self._judge_null(place, nullable=after.nullable)
        if len(before.forms) == len(after.forms) == 1:
            yield from self._compare_forms(before.forms[0], after.forms[0], place)
        else:
            yield from self._compare_choices(before, after, place)
        if before.overlaps != after.overlaps:
            effect = Effect.NARROWED if after.overlaps else Effect.WIDENED
            message = f"a value {'cannot' if after.overlaps else 'can'} have several of the forms"
            yield self._judge(place, Difference(effect, "choice", message))

    def _judge_null(self, place: Place, *, nullable: bool) -> Change:
        if nullable:
            return self._judge(place, Difference(Effect.WIDENED, "null", "can be null"))
        return self._judge(place, Difference(Effect.NARROWED, "null", "can no longer be null"))

    def _compare_choices(self, before: Schema, after: Schema, place: Place) -> Iterator[Change]:
        for key in dict.fromkeys(form.key for form in (*before.forms, *after.forms)):
            old, new = (
                [form for form in each.forms if form.key == key] for each in (before, after)
            )
            if len(old) == len(new) == 1:
                yield from self._compare_forms(old[0], new[0], place)
            else:
                yield from self._compare_similar(key, old, new, place)

    def _compare_similar(
        self, key: str, old: list[Form], new: list[Form], place: Place
    ) -> Iterator[Change]:
        """Compare forms of the same type: those without an equal one are removed, or new."""
        added = list(new)
        for form in old:
            equal = [each for each in added if not [*self._compare_forms(form, each, place)]]
            if equal:
                added.remove(equal[0])
            else:
                message = f"{key} is no longer one of the forms"
                yield self._judge(place, Difference(Effect.NARROWED, "choice", message))
        for _ in added:
            message = f"{key} is a new form"
            yield self._judge(place, Difference(Effect.WIDENED, "choice", message))

    def _compare_forms(self, old: Form, new: Form, place: Place) -> Iterator[Change]:
        pair = (old.name or old, new.name or new)
        if pair in self._open:
            return
        self._open.append(pair)
        place = place.enter_schema(new.name)
        for difference in compare_form(old, new):
            yield self._judge(place, difference)
        yield from self._compare_default(old.node, new.node, place)
        yield from self._compare_members(old.node, new.node, place)
        yield from self._compare_parts(old.node, new.node, place)
        self._open.pop()

    def _compare_default(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        """Compare the default: what a request without the value means."""
        before, after = old.get("default"), new.get("default")
        if self.direction is Direction.REQUEST and before != after:
            severity = Severity.COMPATIBLE if "default" not in old else Severity.BREAKING
            yield Change(severity, "default", place, f"default `{before}` → `{after}`")

    def _compare_members(self, old: Node, new: Node, place: Place) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        required = [*old.get("required", ()), *new.get("required", ())]
        for name in dict.fromkeys([*before, *after, *required]):
            here = place.enter_member(name)
            if name in before and name not in after:
                yield Change(Severity.BREAKING, "member-removed", here, "removed")
            elif name in after and name not in before:
                yield self._judge_new_member(old, new, name, here)
            else:
                yield from self._compare_required(old, new, name, here)
                yield from self.compare(before.get(name, True), after.get(name, True), here)

    def _judge_new_member(self, old: Node, new: Node, name: str, place: Place) -> Change:
        is_required = name in new.get("required", ()) and name not in old.get("required", ())
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
        for keyword, step in PARTS.items():
            before, after = read_part(old, keyword), read_part(new, keyword)
            here = place.enter_member(step) if step else place
            if isinstance(before, Mapping) and isinstance(after, Mapping):
                yield from self.compare(before, after, here)
            elif before == after:
                continue
            elif keyword == OTHER_MEMBERS and False in (before, after):
                yield self._judge_openness(place, is_open=after is not False)
            elif True in (before, after):
                yield self._judge(place, compare_restriction(keyword, before))
            else:
                yield from self.compare(before, after, here)

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


def _compare_names(old: list[str], new: list[str], place: Place) -> Iterator[Change]:
    """Compare the names of schemas, which generated clients use. A new name breaks nothing."""
    gained = [name for name in new if name not in old]
    for name in (name for name in old if name not in new):
        now = f"is called {gained[0]}" if gained else "has no name any more"
        message = f"the schema {name} {now}; generated clients rename it"
        here = place.enter_schema(gained[0] if gained else name)
        yield Change(Severity.BREAKING, "schema-renamed", here, message)


def _read_reference(node: Subschema) -> str:
    """Return the target of a schema that is nothing but a reference, or an empty string."""
    if isinstance(node, Mapping) and node.keys() == {"$ref"}:
        return str(node["$ref"])
    return ""
