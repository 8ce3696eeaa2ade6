"""What Given steps set up: they call the services, not the API.

Only this module knows the service functions that features need.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask

from api.core import clock
from api.core.database import in_transaction, transaction
from api.core.permissions import Permission
from api.core.principal import Principal
from api.roles import service as roles
from api.users import role_assignments
from api.users import service as users
from api.users.purging import purge_batch
from tests.support import Person, make_principal

SYSTEM_ID = UUID(int=0)


def make_caller(user_id: UUID = SYSTEM_ID) -> Principal:
    """Return a caller with every permission."""
    return make_principal(user_id, frozenset(Permission))


def update_user(app: Flask, person: Person, changes: dict[str, Any], by: Person | None = None):
    """Change an account, in the name of ``by`` if the audit log is to show who did it."""
    caller = make_caller(UUID(by.id)) if by else make_caller()
    with app.app_context(), transaction():
        users.update(UUID(person.id), changes, by=caller)


def suspend_user(
    app: Flask, person: Person, reason: str | None = None, by: Person | None = None
) -> None:
    update_user(app, person, {"status": "suspended", "status_reason": reason}, by)


def delete_user(app: Flask, person: Person) -> None:
    with app.app_context(), transaction():
        users.delete(UUID(person.id), by=make_caller())


def create_role(app: Flask, name: str, permissions: str) -> None:
    """Define a role; ``permissions`` are separated by spaces."""
    definition = {"name": name, "permissions": [Permission(each) for each in permissions.split()]}
    with app.app_context(), transaction():
        roles.create(definition, by=make_caller())


def assign_role(app: Flask, person: Person, role: str) -> None:
    with app.app_context(), transaction():
        role_assignments.grant_role(UUID(person.id), role, by=make_caller())


def purge_deleted_users(app: Flask) -> None:
    """Delete for good the users that can no longer be restored."""
    with app.app_context():
        in_transaction(purge_batch)


def make_clock(monkeypatch: Any) -> Callable[[timedelta], None]:
    """Return a function that sets the clock of the service forward."""
    now = clock.now
    passed: list[timedelta] = []
    monkeypatch.setattr(clock, "now", lambda: now() + sum(passed, timedelta()))
    return passed.append


@contextmanager
def set_clock_back(monkeypatch: Any, duration: timedelta) -> Iterator[None]:
    """Run the block as if it ran ``duration`` ago."""
    timestamp = clock.now() - duration
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: timestamp)
        yield
