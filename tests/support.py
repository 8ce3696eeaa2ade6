"""What tests and features are made with: accounts, and the people they belong to."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import delete

from api.core import engines
from api.core.database import db, transaction
from api.roles.models import UserRole, insert_built_in
from api.roles.rights import USER
from api.users.models import User
from api.web.auth import tokens

PASSWORD = "correct horse battery"
TESTING: dict[str, Any] = {
    "TESTING": True,
    "JWT_SECRET_KEY": "long enough a secret for HS256 tokens",
}
USUAL = {"GET": 200, "POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}


def empty(app: Flask) -> None:
    """Delete every row. It costs a tenth of TRUNCATE, and of a new database."""
    with app.app_context(), db.engine.begin() as connection:
        for table in reversed(db.metadata.sorted_tables):
            connection.execute(delete(table))
        insert_built_in(connection)


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
        db.session.refresh(user, ["held"])
    return user


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

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def get(self, path: str, **options: Any) -> Any:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.ask("POST", path, json=body, **options)

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


def nobody(client: Any) -> Person:
    return Person("", "", "", "", client)


class Here:
    """The service of an app in this process: accounts are saved straight to its database."""

    def __init__(self, app: Flask, client: Any = None) -> None:
        self.app = app
        self.client = client or app.test_client()

    def save(self, name: str, **profile: Any) -> User:
        return save(self.app, name, **profile)

    def person(self, name: str, password: str = PASSWORD, **profile: Any) -> Person:
        user = self.save(name, password=password, **profile)
        with self.app.app_context():
            token = tokens().issue(user.id, user.token_generation)
        return Person(str(user.id), user.username, user.email, password, self.client, token)
