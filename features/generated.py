"""The features through the generated Python client: ``pytest features --client generated``.

A person's request is sent by the typed function of its operation, and the response is what that
function returns. What a typed function cannot send is sent as it is, and counted: a body or a query
that the contract does not allow, CSV, and pages that are no operations.
"""

import datetime as dt
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from enum import Enum
from functools import cached_property
from importlib import import_module
from io import BytesIO
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import httpx

from tests.clients.generation import CONTRACT, PYTHON_PACKAGE, ROOT, generate_python
from tests.remote import Answer

PACKAGE = "rollbook_client"
THROUGH = "through the generated client"
BASE_URL = "http://localhost"
METHODS = ("get", "post", "put", "patch", "delete")
CONVERTERS: dict[type, Callable[[str], Any]] = {
    UUID: UUID,
    bool: lambda text: {"true": True, "false": False}[text],
    int: int,
    str: str,
    dt.datetime: dt.datetime.fromisoformat,
}
OWN_HEADERS = {"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"}
Send = Callable[..., Any]


class CannotExpressError(Exception):
    """The typed functions of the client cannot send this request."""


class ParsedAnswer(Answer):
    """A response whose JSON is that of the model which the client has made of it."""

    def __init__(self, response: Any) -> None:
        headers = list(response.headers.items())
        received = httpx.Response(response.status_code, headers=headers, content=response.content)
        super().__init__(received)
        self.parsed = response.parsed

    @property
    def json(self) -> Any:
        return self.parsed.to_dict() if hasattr(self.parsed, "to_dict") else super().json


class Transport(httpx.BaseTransport):
    """Sends what the client has made of a request with the client of the features."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self.send, self.headers = send, headers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = {name: it for name, it in request.headers.items() if name not in OWN_HEADERS}
        path = request.url.raw_path.decode()
        options = {"headers": {**self.headers, **sent}, "data": request.read()}
        answer = self.send(path, method=request.method, **options)
        headers = list(answer.headers.items())
        return httpx.Response(answer.status_code, headers=headers, content=answer.data)


class GeneratedClient:
    """The functions of the generated client, found by the method and the path of a request."""

    def __init__(self) -> None:
        generate_python(ROOT / "build" / "clients" / "python")
        sys.path.insert(0, str(ROOT / "build" / "clients" / "python" / PYTHON_PACKAGE))
        self.requests: Counter[str] = Counter()
        self.operations: set[str] = set()

    @cached_property
    def routes(self) -> list[tuple[str, re.Pattern[str], Callable[..., Any]]]:
        """Return the method, the path and the function of each operation."""
        contract = json.loads(CONTRACT.read_text())
        return [
            (method.upper(), compile_path(path), find_function(operation))
            for path, operations in contract["paths"].items()
            for method, operation in operations.items()
            if method in METHODS
        ]

    def make_class(self, client_class: type[Any]) -> type[Any]:
        """Return a class of clients whose requests this client sends."""

        class Client(client_class):
            def open(client, path: str, method: str = "GET", **options: Any) -> Any:  # noqa: N805
                return self.open(super().open, path, method, **options)

        return Client

    def open(self, send: Send, path: str, method: str = "GET", **options: Any) -> Any:
        """Send a request with the function of its operation, or else as it is."""
        try:
            function, arguments = self.find_call(path, method, **options)
        except CannotExpressError as reason:
            self.requests[str(reason)] += 1
            return send(path, method=method, **options)
        self.requests[THROUGH] += 1
        self.operations.add(function.__module__)
        client = make_client(send, options.get("headers") or {}, arguments)
        return ParsedAnswer(function(client=client, **arguments))

    def find_call(self, path: str, method: str, **options: Any) -> tuple[Any, dict[str, Any]]:
        url = urlsplit(path)
        for route_method, pattern, function in self.routes:
            if route_method == method and (found := pattern.fullmatch(url.path)):
                query = {**dict(parse_qsl(url.query, keep_blank_values=True))}
                query |= options.get("query_string") or {}
                texts = {name: unquote(text) for name, text in found.groupdict().items()} | query
                return function, make_arguments(function, texts, options)
        raise CannotExpressError("beside it: no operation has this path")


def summarise(uses: list[tuple[dict[str, int], list[str]]]) -> list[str]:
    """Return the lines that report the use of the client by each scenario."""
    requests = sum((Counter(counts) for counts, _ in uses), Counter())
    operations = {each for _, names in uses for each in names}
    purely = sum(set(counts) == {THROUGH} for counts, _ in uses)
    some = sum(THROUGH in counts for counts, _ in uses) - purely
    lines = [f"{purely} scenarios send all requests through it, {some} more send some"]
    lines += [f"{len(operations)} operations are called through it"]
    return lines + [f"{number} requests {name}" for name, number in requests.most_common()]


def compile_path(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))


def find_function(operation: dict[str, Any]) -> Callable[..., Any]:
    tag = re.sub(r"\W", "_", operation["tags"][0])
    return import_module(f"{PACKAGE}.api.{tag}.{operation['operationId']}").sync_detailed


def make_client(send: Send, headers: dict[str, str], arguments: dict[str, Any]) -> Any:
    """Return a client with the token of a person, if there is one."""
    client = import_module(f"{PACKAGE}.client")
    others = {
        name: text
        for name, text in headers.items()
        if to_parameter(name) not in {*arguments, "authorization", "content_type"}
    }
    transport = {"transport": Transport(send, others)}
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        return client.AuthenticatedClient(base_url=BASE_URL, token=token, httpx_args=transport)
    return client.Client(base_url=BASE_URL, httpx_args=transport)


def to_parameter(header: str) -> str:
    return header.lower().replace("-", "_")


def make_arguments(
    function: Callable[..., Any], texts: dict[str, Any], options: dict[str, Any]
) -> dict[str, Any]:
    """Return the typed arguments of a function for a request."""
    hints = get_type_hints(function)
    headers = {to_parameter(name): text for name, text in (options.get("headers") or {}).items()}
    texts = texts | {name: text for name, text in headers.items() if name in hints}
    if unknown := texts.keys() - hints.keys():
        raise CannotExpressError(f"beside it: the parameter {min(unknown)} is not in the contract")
    arguments = {name: convert(text, hints[name]) for name, text in texts.items()}
    if (body := read_body(options)) is not None:
        if "body" not in hints:
            raise CannotExpressError("beside it: the operation has no body")
        arguments["body"] = make_body(body, list_types(hints["body"]), options)
    return arguments


def list_types(hint: Any) -> list[Any]:
    return [each for each in get_args(hint) if each.__name__ != "Unset"] or [hint]


def convert(text: Any, hint: Any) -> Any:
    """Return a parameter as the type that the function takes."""
    kind = list_types(hint)[0]
    try:
        return (kind if issubclass(kind, Enum) else CONVERTERS[kind])(str(text))
    except (KeyError, ValueError):
        raise CannotExpressError("beside it: the contract does not allow the parameter") from None


def read_body(options: dict[str, Any]) -> Any:
    """Return the body of a request: JSON, the members of a form, or bytes."""
    data = options.get("data")
    if data is None:
        return options.get("json")
    media_type = options["headers"].get("Content-Type")
    if media_type == "application/json":
        return json.loads(data)
    if media_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(data))
    return data


def make_body(body: Any, types: list[Any], options: dict[str, Any]) -> Any:
    """Return a body as the model of the function, if it is the same when it is sent."""
    for kind in types:
        if isinstance(body, bytes) and kind.__name__ == "File":
            if options["headers"]["Content-Type"] == "application/x-ndjson":
                return kind(payload=BytesIO(body))
        elif isinstance(body, list) and get_origin(kind) is list:
            [item] = get_args(kind)
            return [make_model(each, item) for each in body]
        elif isinstance(body, dict) and hasattr(kind, "from_dict"):
            return make_model(body, kind)
    raise CannotExpressError("beside it: the client does not support the media type")


def make_model(body: dict[str, Any], kind: Any) -> Any:
    try:
        model = kind.from_dict(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CannotExpressError("beside it: the contract does not allow the body") from None
    if model.to_dict() != body:
        raise CannotExpressError("beside it: the client would change the body")
    return model
