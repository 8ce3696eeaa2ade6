"""Compares two documents, operation by operation."""

from collections.abc import Iterator
from datetime import date

from api.contract_changes.bodies import BodyComparison
from api.contract_changes.changes import Change, Place, Severity
from api.contract_changes.documents import Document, Node
from api.contract_changes.parameters import VARIABLE, Variant, compare_parameters
from api.contract_changes.security import compare_security

SINCE, SUNSET = "x-deprecated-since", "x-sunset"  # dates of a deprecated operation
REMOVED = "operation-removed"
Key = tuple[str, str]  # path without the names of its parameters, and method


def compare_documents(old: Document, new: Document, *, today: date) -> Iterator[Change]:
    """Yield the changes from the old to the new document.

    An operation may be removed when its sunset has passed. ``today`` decides that.
    """
    before, after = _list_variants(old), _list_variants(new)
    for key, variant in before.items():
        if key in after:
            yield from _compare_variants(variant, after[key])
        else:
            yield _judge_removal(variant, after, today)
    for key, variant in after.items():
        if key not in before:
            yield Change(Severity.COMPATIBLE, "operation-added", _make_place(variant), "new")


def _list_variants(document: Document) -> dict[Key, Variant]:
    return {
        (VARIABLE.sub("{}", path), method): Variant(document, path, item, operation)
        for path, method, item, operation in document.list_operations()
    }


def _make_place(variant: Variant) -> Place:
    method = next(key for key, value in variant.item.items() if value is variant.operation)
    return Place(f"{method.upper()} {variant.path}")


def _judge_removal(removed: Variant, after: dict[Key, Variant], today: date) -> Change:
    place = _make_place(removed)
    operation_id = removed.operation.get("operationId")
    sunset = removed.operation.get(SUNSET)
    message = f"removed; its sunset is {sunset}" if sunset else "removed"
    if sunset and removed.operation.get("deprecated") and date.fromisoformat(sunset) <= today:
        return Change(Severity.COMPATIBLE, REMOVED, place, message)
    for variant in after.values():
        if operation_id and variant.operation.get("operationId") == operation_id:
            message += f"; `{operation_id}` is now {_make_place(variant).operation}"
    return Change(Severity.BREAKING, REMOVED, place, message)


def _compare_variants(old: Variant, new: Variant) -> Iterator[Change]:
    place = _make_place(new)
    yield from _compare_names(old.operation, new.operation, place)
    yield from _compare_deprecation(old.operation, new.operation, place)
    yield from compare_security(old.document, new.document, old.operation, new.operation, place)
    yield from compare_parameters(old, new, place)
    bodies = BodyComparison(old.document, new.document)
    yield from bodies.compare_requests(old.operation, new.operation, place)
    yield from bodies.compare_responses(old.operation, new.operation, place)


def _compare_names(old: Node, new: Node, place: Place) -> Iterator[Change]:
    before, after = old.get("operationId"), new.get("operationId")
    if before != after:
        message = f"operationId `{before}` → `{after}`; generated clients rename the function"
        yield Change(Severity.BREAKING, "operation-id", place, message)
    groups = [next(iter(operation.get("tags", ())), None) for operation in (old, new)]
    if groups[0] != groups[1]:
        message = f"first tag `{groups[0]}` → `{groups[1]}`; generated clients move the function"
        yield Change(Severity.BREAKING, "tag", place, message)


def _compare_deprecation(old: Node, new: Node, place: Place) -> Iterator[Change]:
    if new.get("deprecated") and not old.get("deprecated"):
        until = f", to be removed after {new[SUNSET]}" if SUNSET in new else ""
        yield Change(Severity.INFO, "deprecated", place, f"deprecated{until}")
    elif old.get("deprecated") and not new.get("deprecated"):
        yield Change(Severity.INFO, "deprecated", place, "no longer deprecated")
    elif old.get(SUNSET) != new.get(SUNSET):
        yield _judge_sunset(old.get(SUNSET), new.get(SUNSET), place)


def _judge_sunset(before: str | None, after: str | None, place: Place) -> Change:
    """Judge a moved sunset: one that comes earlier breaks a promise."""
    is_earlier = before is not None and after is not None and after < before
    severity = Severity.BREAKING if is_earlier else Severity.INFO
    return Change(severity, "sunset", place, f"sunset {before or 'none'} → {after or 'none'}")
