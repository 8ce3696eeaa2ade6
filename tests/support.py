"""What tests and features are made with: accounts, and the people they belong to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Flask
from sqlalchemy import Connection

from api.core import clock, engines
from api.core.database import db, transaction
from api.core.permissions import Permission
from api.core.principal import OPERATOR, Assurance, Principal, SessionCredential
from api.core.secrets import new_id
from api.invitations import service as invitations
from api.roles.assignments import USER
from api.roles.models import UserRole, insert_built_in
from api.sessions import service as sessions
from api.sessions.resources import issue_tokens
from api.users.models import User

PASSWORD = "correct horse battery"
TESTING: dict[str, Any] = {
    "TESTING": True,
    "JWT_SECRET_KEY": "long enough a secret for HS256 tokens",
}
USUAL = {"GET": 200, "POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}


TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


def empty(app: Flask) -> None:
    """Delete every row. It costs a tenth of TRUNCATE, and of a new database."""
    with app.app_context(), db.engine.begin() as connection, unguarded(connection):
        for statement in _list_deletions(connection.dialect.name):
            connection.exec_driver_sql(statement)
        insert_built_in(connection)


@cache
def _list_deletions(dialect: str) -> list[str]:
    """Return what deletes every row; for PostgreSQL in one statement, so in one round trip."""
    deletions = [f"DELETE FROM {table.name}" for table in reversed(db.metadata.sorted_tables)]
    if dialect == "postgresql":
        return [f"DO $$ BEGIN {'; '.join(deletions)}; END $$"]
    return deletions


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Do in a transaction what triggers refuse, as only the owner of the database can."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield
        connection.exec_driver_sql("SET LOCAL session_replication_role = origin")
        return
    triggers = connection.exec_driver_sql(TRIGGERS).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, made in triggers:
        connection.exec_driver_sql(made)


def tamper(*statements: Any) -> None:
    """Change what triggers guard, in the database of the application in hand."""
    with db.engine.begin() as connection, unguarded(connection):
        for statement in statements:
            connection.execute(statement)


def save(app: Flask, name: str, password: str = PASSWORD, role: str = USER, **profile: Any) -> User:
    """Open an account without asking the rules: ``Ada`` gets the address ada@example.org.

    ``role`` is one that the account holds beside that of a user.
    """
    profile = {"username": name, "email": f"{name.lower()}@example.org", **profile}
    with app.app_context(), transaction():
        user = User(**profile)
        user.set_password(password)
        db.session.add(user)
        db.session.flush()
        if role != USER:
            db.session.add(UserRole(user_id=user.id, role=role))
            db.session.flush()
        db.session.refresh(user, ["role_assignments"])
    return user


def make_principal(
    user_id: UUID,
    permissions: frozenset[Permission] = frozenset(),
    *,
    session_id: UUID | None = None,
    authenticated_at: datetime | None = None,
) -> Principal:
    """Return a user as the caller of a service, in a session if it has an id or a time."""
    credential = None
    if session_id or authenticated_at:
        since = authenticated_at or clock.now()
        credential = SessionCredential(session_id or new_id(), Assurance.AAL1, since)
    return Principal(id=user_id, permissions=frozenset(permissions), credential=credential)


def dispose(app: Flask) -> None:
    """Give back the connections of an app."""
    with app.app_context():
        engines.dispose(db.engine)


@dataclass
class Person:
    """Someone who uses the service over HTTP; every act says which status it expects."""

    id: str
    username: str
    email: str
    password: str
    client: Any
    token: str | None = None
    refresh_token: str | None = None

    @property
    def session_id(self) -> str:
        return (self.refresh_token or "").partition(".")[0]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def get(self, path: str, **options: Any) -> Any:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.ask("POST", path, json=body, **options)

    def post_form(self, path: str, *, expecting: int | None = 200, **members: str) -> Any:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.post(path, data=urlencode(members), headers=headers, expecting=expecting)

    def put(self, path: str, body: Any, **options: Any) -> Any:
        return self.ask("PUT", path, json=body, **options)

    def patch(self, path: str, body: Any, **options: Any) -> Any:
        return self.ask("PATCH", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> Any:
        return self.ask("DELETE", path, **options)

    def ask(self, method: str, path: str, *, expecting: int | None = -1, **options: Any) -> Any:
        """Send a request, and hold the answer to its status unless that is None."""
        headers = {**self.headers, **(options.pop("headers", None) or {})}
        if options.get("json") is None:
            options.pop("json", None)
        answer = self.client.open(path, method=method, headers=headers, **options)
        usual = USUAL.get(method, 200) if expecting == -1 else expecting
        assert usual in {None, answer.status_code}, f"{answer.status}: {answer.text}"
        return answer


def anonymous(client: Any) -> Person:
    return Person("", "", "", "", client)


class LocalService:
    """The service of an app in this process: accounts are saved straight to its database."""

    def __init__(self, app: Flask, client: Any = None) -> None:
        self.app = app
        self.client = client or app.test_client()

    def save(self, name: str, **profile: Any) -> User:
        return save(self.app, name, **profile)

    def person(self, name: str, password: str = PASSWORD, **profile: Any) -> Person:
        user = self.save(name, password=password, **profile)
        return self.logged_in(user, password)

    def invite(self, email: str) -> str:
        """Invite a person for the operator, and return the id of the invitation."""
        with self.app.app_context(), transaction():
            return str(invitations.create({"email": email}, by=OPERATOR).id)

    def logged_in(self, user: User, password: str = PASSWORD) -> Person:
        """Open a session without asking for the password."""
        with self.app.app_context(), transaction():
            tokens = issue_tokens(sessions.open_session(user.id))
        return Person(
            str(user.id),
            user.username,
            user.email,
            password,
            self.client,
            tokens.access_token,
            tokens.refresh_token,
        )
