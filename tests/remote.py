"""A service behind a socket, asked in the words of Flask's test client."""

from typing import Any

import httpx

from tests.conformance import require_conformance


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
        response = self.http.request(method, path, params=query, content=data, **options)
        require_conformance(
            method, response.url.path, response.status_code, response.headers, response.content
        )
        return Answer(response)

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
