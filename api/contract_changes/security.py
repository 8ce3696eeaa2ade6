"""Compares who may call an operation."""

import json
from collections.abc import Iterator

from api.contract_changes.changes import Change, Place, Severity
from api.contract_changes.documents import Document, Node

PERMISSION, OWN = "x-permission", "x-self"
Alternatives = dict[str, str]  # the credentials that are accepted, with their names


def compare_security(
    old: Document, new: Document, before: Node, after: Node, place: Place
) -> Iterator[Change]:
    """Yield the changes of the credentials and of the permission that two operations require."""
    here = place.enter_part("security")
    accepted, now = _list_accepted(old, before), _list_accepted(new, after)
    if not accepted and now:
        yield Change(Severity.BREAKING, "security", here, "requires authentication")
    elif accepted and not now:
        yield Change(Severity.COMPATIBLE, "security", here, "requires no authentication any more")
    else:
        yield from _compare_alternatives(accepted, now, here)
    yield from _compare_permission(before, after, here)


def _compare_alternatives(old: Alternatives, new: Alternatives, place: Place) -> Iterator[Change]:
    for name in (name for credential, name in old.items() if credential not in new):
        message = f"the credential {name} is no longer accepted as before"
        yield Change(Severity.BREAKING, "security", place, message)
    for name in (name for credential, name in new.items() if credential not in old):
        message = f"the credential {name} is also accepted"
        yield Change(Severity.COMPATIBLE, "security", place, message)


def _list_accepted(document: Document, operation: Node) -> Alternatives:
    """Return the alternatives by the definition of their schemes; none if it is public."""
    required = operation.get("security", document.content.get("security", []))
    if {} in required:
        return {}
    return {
        json.dumps(
            [(_define(document, name), scopes) for name, scopes in sorted(schemes.items())],
            sort_keys=True,
        ): " with ".join(schemes)
        for schemes in required
    }


def _define(document: Document, name: str) -> Node:
    """Return the definition of a security scheme; its name and texts mean nothing to a client."""
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    scheme, _ = document.resolve(schemes.get(name, {"name": name}))
    return {
        key: value
        for key, value in scheme.items()
        if key not in {"description", "bearerFormat"} and not key.startswith("x-")
    }


def _compare_permission(before: Node, after: Node, place: Place) -> Iterator[Change]:
    old, new = before.get(PERMISSION), after.get(PERMISSION)
    if new and old != new:
        message = f"requires the permission `{new}`" + (f", was `{old}`" if old else "")
        yield Change(Severity.BREAKING, "permission", place, message)
    elif old and not new:
        message = f"no longer requires the permission `{old}`"
        yield Change(Severity.COMPATIBLE, "permission", place, message)
    if before.get(OWN) and not after.get(OWN) and new:
        message = f"requires `{new}` for the caller's own account too"
        yield Change(Severity.BREAKING, "permission", place, message)
    elif after.get(OWN) and not before.get(OWN) and old:
        message = "users may call it on their own account without the permission"
        yield Change(Severity.COMPATIBLE, "permission", place, message)
