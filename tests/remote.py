"""A service that runs elsewhere, asked like the one in this process.

Features use it where ``SERVICE_URL`` is set: what they are given then goes through the service's
own front door, opened by its administrator.
"""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.support import PASSWORD, Person, nobody

ADMINISTRATOR = "administrator"


class Answer:
    """An answer with the names that Flask's test client gives it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status_code = response.status_code
        self.status = f"{response.status_code} {response.reason_phrase}"
        self.headers = response.headers
        self.data = response.content
        self.text = response.text

    @property
    def json(self) -> Any:
        return self.response.json()

    def get_json(self) -> Any:
        return self.json


class Client:
    """Flask's test client, over a socket."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def open(self, path: str, method: str = "GET", **options: Any) -> Answer:
        query, data = options.pop("query_string", None), options.pop("data", None)
        return Answer(self.http.request(method, path, params=query, content=data, **options))

    def get(self, path: str, **options: Any) -> Answer:
        return self.open(path, "GET", **options)

    def post(self, path: str, **options: Any) -> Answer:
        return self.open(path, "POST", **options)

    def put(self, path: str, **options: Any) -> Answer:
        return self.open(path, "PUT", **options)

    def patch(self, path: str, **options: Any) -> Answer:
        return self.open(path, "PATCH", **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.open(path, "DELETE", **options)

    def close(self) -> None:
        self.http.close()


@dataclass(frozen=True)
class Account:
    """An account as the service shows it."""

    id: str
    username: str
    email: str


class There:
    """A service elsewhere: accounts are saved by its administrator."""

    def __init__(self, url: str, password: str) -> None:
        self.client = Client(url)
        self.administrator = self.log_in(ADMINISTRATOR, password)

    def log_in(self, username: str, password: str) -> Person:
        credentials = {"username": username, "password": password}
        token = nobody(self.client).post("/api/login", credentials, expecting=200)
        person = Person("", username, "", password, self.client, token.json["access_token"])
        account = person.get("/api/me").json
        person.id, person.email = account["id"], account["email"]
        return person

    def save(self, name: str, password: str = PASSWORD, **profile: Any) -> Account:
        body = {"username": name, "email": f"{name.lower()}@example.org", **profile}
        saved = self.administrator.post("/api/users", {**body, "password": password}).json
        return Account(saved["id"], saved["username"], saved["email"])

    def person(self, name: str, password: str = PASSWORD, **profile: Any) -> Person:
        self.save(name, password, **profile)
        return self.log_in(name, password)

    def empty(self) -> None:
        """Delete every account but the one that does it."""
        while others := self._others():
            for account in others:
                self.administrator.delete(f"/api/users/{account['id']}")

    def _others(self) -> list[dict[str, Any]]:
        accounts = self.administrator.get("/api/users", query_string={"limit": 100}).json["items"]
        return [account for account in accounts if account["id"] != self.administrator.id]

    def close(self) -> None:
        self.client.close()
