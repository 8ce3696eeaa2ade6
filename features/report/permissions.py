"""Who may do what: the permissions, and the operations that need them, from the contract."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from api.core.permissions import DESCRIPTIONS, Permission
from features.report.coverage import CONTRACT, METHODS

ANYONE = "no login"
USER = "a login"


@dataclass(frozen=True)
class Operation:
    summary: str
    place: str  # the method and path
    note: str


@dataclass(frozen=True)
class PermissionRow:
    """A permission, or what needs none, with its operations."""

    name: str
    description: str
    operations: list[Operation]


def list_permissions(contract: Path = CONTRACT) -> list[PermissionRow]:
    """Return what needs no login, what needs one only, and each permission."""
    needed: dict[str, list[Operation]] = defaultdict(list)
    document = json.loads(contract.read_bytes())
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                for name, note in list_needs(operation):
                    made = Operation(operation["summary"], f"{method.upper()} {path}", note)
                    needed[name].append(made)
    names = document["components"]["schemas"]["PermissionName"]["enum"]
    described = [(name, DESCRIPTIONS[Permission(name)]) for name in names]
    return [
        PermissionRow(ANYONE, "Without an account.", needed[ANYONE]),
        PermissionRow(USER, "Each user, for the own account.", needed[USER]),
        *(PermissionRow(name, text, needed[name]) for name, text in described),
    ]


def list_needs(operation: dict) -> list[tuple[str, str]]:
    """Return what an operation needs, each with a note; parameters can need a permission more."""
    own = "or the own account" if "x-self" in operation else ""
    base = operation.get("x-permission") or (USER if operation["security"] else ANYONE)
    more = [
        (str(permission), f"with {parameter['name']}={str(True).lower()}")
        for parameter in operation.get("parameters", ())
        for permission in Permission
        if f"requires the permission `{permission}`" in parameter.get("description", "")
    ]
    return [(base, own), *more]
