"""What Given steps set up: here straight in the services, and in ``remote.py`` over HTTP.

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
from api.jobs.registry import repeat_in_transactions
from api.roles import service as roles
from api.service_accounts import service as service_accounts
from api.users import role_assignments
from api.users import service as users
from api.users.purging import purge_batch
from api.webhooks.erasure import erase_batch
from features.personas import make_newcomer
from tests.support import LocalService, Person, make_principal

SYSTEM_ID = UUID(int=0)


def make_caller(person: Person | None = None) -> Principal:
    """Return a caller with every permission, who appears in the audit log as this person."""
    return make_principal(UUID(person.id) if person else SYSTEM_ID, frozenset(Permission))


def update_user(app: Flask, person: Person, changes: dict[str, Any], by: Person | None = None):
    """Change an account."""
    with app.app_context(), transaction():
        users.update(UUID(person.id), changes, by=make_caller(by))


def suspend_user(
    app: Flask, person: Person, reason: str | None = None, by: Person | None = None
) -> None:
    update_user(app, person, {"status": "suspended", "status_reason": reason}, by)


def delete_user(app: Flask, person: Person) -> None:
    with app.app_context(), transaction():
        users.delete(UUID(person.id), by=make_caller())


class LocalPreconditions(LocalService):
    """A service in this process: what a scenario needs is set up in its services."""

    suffix = ""

    def make_newcomer(self, name: str) -> Person:
        """Return a person without an account."""
        return make_newcomer(name, self.client)

    def make_unique(self, text: str) -> str:
        """Return a username, an e-mail address or the name of a role as it is: all are free."""
        return text

    def update_user(self, person: Person, changes: dict[str, Any]) -> None:
        update_user(self.app, person, changes)

    def suspend_user(self, person: Person, reason: str | None, by: Person) -> None:
        suspend_user(self.app, person, reason, by)

    def delete_user(self, person: Person) -> None:
        delete_user(self.app, person)

    def create_role(self, name: str, permissions: list[str]) -> None:
        definition = {"name": name, "permissions": list(map(Permission, permissions))}
        with self.app.app_context(), transaction():
            roles.create(definition, by=make_caller())

    def assign_role(self, person: Person, role: str) -> None:
        with self.app.app_context(), transaction():
            role_assignments.grant_role(UUID(person.id), role, by=make_caller())

    def create_service_account(self, name: str, role: str) -> str:
        """Create a service account with one role, and return its id."""
        with self.app.app_context(), transaction():
            given = {"name": name, "roles": [role]}
            return str(service_accounts.create(given, by=make_caller()).id)


def purge_deleted_users(app: Flask) -> None:
    """Delete for good the users that can no longer be restored, as the jobs of a worker do."""
    with app.app_context():
        in_transaction(purge_batch)
        repeat_in_transactions(erase_batch)()


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
