"""Compares two documents, operation by operation."""

from collections.abc import Iterator
from datetime import date, timedelta

from api.contract_changes.bodies import BodyComparison
from api.contract_changes.changes import Change, Place, Severity
from api.contract_changes.documents import Document, Node, drop_texts
from api.contract_changes.parameters import VARIABLE, Variant, compare_parameters
from api.contract_changes.security import compare_security

SINCE, SUNSET = "x-deprecated-since", "x-sunset"  # dates of a deprecated operation
REMOVED = "operation-removed"
Key = tuple[str, str]  # path without the names of its parameters, and method


def compare_documents(old: Document, new: Document, *, today: date) -> Iterator[Change]:
    """Yield the changes from the old to the new document.

    An operation may be removed from its sunset on. ``today`` decides that.
    """
    before, after = _list_variants(old), _list_variants(new)
    bodies = BodyComparison(old, new)
    for key, variant in before.items():
        if key in after:
            yield from _compare_variants(variant, after[key], bodies, today)
        else:
            yield _judge_removal(variant, after, today)
    for key, variant in after.items():
        if key not in before:
            yield Change(Severity.COMPATIBLE, "operation-added", _make_place(variant), "new")
    yield from _compare_webhooks(old, new, bodies)


def _compare_webhooks(old: Document, new: Document, bodies: BodyComparison) -> Iterator[Change]:
    """Compare what the service sends: the client receives it, as it receives a response."""
    before, after = old.read_webhooks(), new.read_webhooks()
    for name in dict.fromkeys([*before, *after]):
        place = Place(f"webhook {name}")
        if name not in after:
            yield Change(Severity.BREAKING, "webhook-removed", place, "removed")
        elif name not in before:
            yield Change(Severity.COMPATIBLE, "webhook-added", place, "new")
        else:
            yield from bodies.compare_events(before[name], after[name], place)


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


def _compare_variants(
    old: Variant, new: Variant, bodies: BodyComparison, today: date
) -> Iterator[Change]:
    place = _make_place(new)
    yield from _compare_names(old.operation, new.operation, place)
    yield from _compare_deprecation(old.operation, new.operation, place, today)
    yield from _compare_servers(old, new, place)
    yield from compare_security(old.document, new.document, old.operation, new.operation, place)
    yield from compare_parameters(old, new, place)
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


def _compare_servers(old: Variant, new: Variant, place: Place) -> Iterator[Change]:
    before, after = _list_servers(old), _list_servers(new)
    if before != after:
        here = place.enter_part("servers")
        shown = [", ".join(server["url"] for server in servers) for servers in (before, after)]
        yield Change(Severity.BREAKING, "servers", here, " → ".join(shown))


def _list_servers(variant: Variant) -> list[Node]:
    places = (variant.operation, variant.item, variant.document.content)
    servers = next(filter(None, (place.get("servers") for place in places)), [{"url": "/"}])
    return [drop_texts(server) for server in servers]


def _compare_deprecation(old: Node, new: Node, place: Place, today: date) -> Iterator[Change]:
    if new.get("deprecated") and not old.get("deprecated"):
        until = f", to be removed from {new[SUNSET]} on" if SUNSET in new else ""
        has_come = SUNSET in new and date.fromisoformat(new[SUNSET]) <= today
        severity = Severity.BREAKING if has_come else Severity.INFO
        yield Change(severity, "deprecated", place, f"deprecated{until}")
    elif old.get("deprecated") and not new.get("deprecated"):
        yield Change(Severity.INFO, "deprecated", place, "no longer deprecated")
    elif old.get(SUNSET) != new.get(SUNSET):
        yield _judge_sunset(old.get(SUNSET), new.get(SUNSET), place, today)


def _judge_sunset(before: str | None, after: str | None, place: Place, today: date) -> Change:
    """Judge a moved sunset: one that comes earlier, or at once, breaks a promise."""
    earliest = before or f"{today + timedelta(days=1)}"
    is_earlier = after is not None and after < earliest
    severity = Severity.BREAKING if is_earlier else Severity.INFO
    return Change(severity, "sunset", place, f"sunset {before or 'none'} → {after or 'none'}")
