"""Deliberate violations of the contract, each a small change of the application."""

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

ROLE, USER = r"/api/roles/[^/]+", r"/api/users/[^/]+"


@dataclass
class Exchange:
    """A request, and its response while a mutation changes them."""

    environ: dict
    status: int = 0
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def json(self):
        return json.loads(self.body)

    def set_json(self, value) -> None:
        self.body = json.dumps(value).encode()
        self.headers["Content-Length"] = str(len(self.body))


Change = Callable[[Exchange], None]


def nothing(_exchange: Exchange) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class Mutation:
    """A violation: where it is, what it changes, and the operations that a check needs."""

    name: str
    found_by: str
    operations: tuple[str, ...]
    route: str  # "GET /api/me"
    after: Change = nothing
    before: Change = nothing
    instead: Callable[[Exchange], bool] = lambda _exchange: False
    change_document: Callable[[dict], None] | None = None

    def __str__(self):
        return self.name

    def apply(self, app):
        """Return the application with the violation."""
        method, _, path = self.route.partition(" ")
        is_there = re.compile(f"{method} {path}").fullmatch

        def mutated(environ, start_response):
            if not is_there(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"):
                return app(environ, start_response)
            exchange = Exchange(environ)
            self.before(exchange)
            if not self.instead(exchange):
                body, status, headers = run_wsgi_app(app, exchange.environ, buffered=True)
                exchange.status, exchange.headers = int(status[:3]), Headers(headers)
                exchange.body = b"".join(body)
                self.after(exchange)
            start_response(f"{exchange.status} Mutated", exchange.headers.to_wsgi_list())
            return [exchange.body]

        return mutated

    def mutate(self, document):
        if self.change_document is None:
            return document
        changed = deepcopy(document)
        self.change_document(changed)
        return changed


def on_success(change: Change) -> Change:
    def changed(exchange):
        if exchange.status in range(200, 300) and exchange.environ["REQUEST_METHOD"] != "HEAD":
            change(exchange)

    return changed


def edit(**members) -> Change:
    """Set members of a JSON object, or remove those that are ``...``."""

    def change(exchange):
        value = {**exchange.json, **members}
        exchange.set_json({name: each for name, each in value.items() if each is not ...})

    return on_success(change)


def set_status(status: int) -> Change:
    return on_success(lambda exchange: setattr(exchange, "status", status))


def set_header(name: str, value: str | None, *, status: int | None = None) -> Change:
    def change(exchange):
        if status in {None, exchange.status}:
            exchange.headers.pop(name, None)
            if value is not None:
                exchange.headers[name] = value

    return change


def drop_from_query(*names: str) -> Change:
    def change(exchange):
        pairs = parse_qsl(exchange.environ["QUERY_STRING"])
        exchange.environ["QUERY_STRING"] = urlencode([it for it in pairs if it[0] not in names])

    return change


def read_body(exchange):
    length = int(exchange.environ.get("CONTENT_LENGTH") or 0)
    return exchange.environ["wsgi.input"].read(length)


def set_body(exchange, body: bytes) -> None:
    exchange.environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def edit_request(change) -> Change:
    """Change the members of the JSON object that was sent."""

    def changed(exchange):
        body = read_body(exchange)
        with suppress(ValueError, AttributeError, TypeError, KeyError):  # it is another body
            body = json.dumps(change(json.loads(body))).encode()
        set_body(exchange, body)

    return changed


def forge_administrator(exchange) -> None:
    """Let every request be one of the administrator."""
    exchange.environ["HTTP_AUTHORIZATION"] = exchange.environ["seeded.administrator"]


def forge_administrator_for_users(exchange) -> None:
    if "HTTP_AUTHORIZATION" in exchange.environ:
        forge_administrator(exchange)


def forge_administrator_for_programs(exchange) -> None:
    if "rb_live_" in exchange.environ.get("HTTP_AUTHORIZATION", ""):
        forge_administrator(exchange)


def reject_programs(exchange) -> None:
    """Answer an API key as one of a user without permissions would be."""
    if "rb_live_" in exchange.environ.get("HTTP_AUTHORIZATION", ""):
        exchange.status = 403


def answer(status: int, *headers: tuple[str, str]):
    def instead(exchange):
        exchange.status, exchange.headers = status, Headers([("X-Request-Id", "x"), *headers])
        return True

    return instead


def answer_constant_version(exchange) -> bool:
    if exchange.environ.get("HTTP_IF_NONE_MATCH") != '"1"':
        exchange.environ.pop("HTTP_IF_MATCH", None)
        return False
    return answer(304, ("ETag", '"1"'))(exchange)


def fail_on_long_description(exchange) -> bool:
    body = read_body(exchange)
    set_body(exchange, body)
    if len(body) < LONG:
        return False
    exchange.set_json({"message": "Internal error"})
    exchange.headers["Content-Type"] = "application/json"
    exchange.status = 500
    return True


LONG = 200
MAX_NAME_LENGTH = 80


def fail_on_longest_name(exchange) -> bool:
    """Fail at the limit of a format of which no random text has this length."""
    body = read_body(exchange)
    set_body(exchange, body)
    with suppress(ValueError, AttributeError, TypeError):  # it is another body
        if len(json.loads(body).get("name", "")) == MAX_NAME_LENGTH:
            return answer(500)(exchange)
    return False


def shorten_description(members):
    return {**members, "description": members["description"][:20]}


def repeat_page(exchange):
    page = exchange.json
    exchange.set_json({**page, "next": page["next"] or "bm90IGEgY3Vyc29y"})


def always_first_page(exchange):
    drop_from_query("cursor")(exchange)


def set_code(exchange):
    if exchange.status == 404:
        exchange.set_json({**exchange.json, "error": "user_gone"})


def break_rows(exchange):
    exchange.body = exchange.body.replace(b'"email":', b'"mail":')
    exchange.headers["Content-Length"] = str(len(exchange.body))


def break_link(**parameters: str):
    def change(document):
        links = document["paths"]["/api/roles"]["post"]["responses"]["201"]["links"]
        links["get_role"]["parameters"] = parameters

    return change


def lead_nowhere(document):
    links = document["paths"]["/api/roles"]["post"]["responses"]["201"]["links"]
    links["get_role"]["operationId"] = "read_role"


def accept_any_media_type(exchange):
    exchange.environ["CONTENT_TYPE"] = "application/json"


def answer_invalid(exchange):
    if exchange.status == 400:
        exchange.status = 422


def add_body(exchange):
    if exchange.status == 304:
        exchange.body = b"{}"


CONFORMANCE, SCHEMATHESIS, CLIENT = "conformance", "schemathesis", "the client of the tests"

MUTATIONS: Iterable[Mutation] = (
    Mutation("an undocumented status", CONFORMANCE, ("get_me",), "GET /api/me", set_status(203)),
    Mutation("a missing member", CONFORMANCE, ("get_role",), f"GET {ROLE}", edit(description=...)),
    Mutation("a member of another type", CONFORMANCE, ("get_me",), "GET /api/me", edit(roles=1)),
    Mutation(
        "null where it is not allowed", CONFORMANCE, ("get_me",), "GET /api/me", edit(email=None)
    ),
    Mutation("an undocumented member", CONFORMANCE, ("get_me",), "GET /api/me", edit(hash="$2b$")),
    Mutation(
        "an undocumented enum value", CONFORMANCE, ("get_me",), "GET /api/me", edit(status="frozen")
    ),
    Mutation(
        "a member of another format",
        CONFORMANCE,
        ("get_me",),
        "GET /api/me",
        edit(created_at="now"),
    ),
    Mutation(
        "a row of an export without a member",
        CONFORMANCE,
        ("export_users",),
        "GET /api/users/export",
        break_rows,
    ),
    Mutation(
        "a missing header",
        CONFORMANCE,
        ("get_me",),
        "GET /api/me",
        set_header("X-Request-Id", None),
    ),
    Mutation(
        "a header of another form",
        CONFORMANCE,
        ("get_me",),
        "GET /api/me",
        set_header("RateLimit", "many"),
    ),
    Mutation(
        "another media type",
        CONFORMANCE,
        ("list_roles",),
        "GET /api/roles",
        set_header("Content-Type", "text/plain"),
    ),
    Mutation(
        "an error that is no problem",
        CONFORMANCE,
        ("get_me",),
        "GET /api/me",
        set_header("Content-Type", "application/json", status=401),
    ),
    Mutation(
        "no WWW-Authenticate",
        CONFORMANCE,
        ("get_me",),
        "GET /api/me",
        set_header("WWW-Authenticate", None),
    ),
    Mutation(
        "no Retry-After",
        CONFORMANCE,
        ("log_in",),
        "POST /api/login",
        set_header("Retry-After", None),
    ),
    Mutation("an undocumented code", CONFORMANCE, ("delete_user",), f"GET {USER}", set_code),
    Mutation(
        "an operation that never succeeds",
        "success",
        ("restore_user",),
        f"POST {USER}/restore",
        instead=answer(404),
    ),
    Mutation(
        "an API key is admitted without the scope",
        "program",
        ("list_roles",),
        "GET /api/roles",
        before=forge_administrator_for_programs,
    ),
    Mutation(
        "an API key is admitted where a person is needed",
        "program",
        ("list_my_sessions",),
        "GET /api/me/sessions",
        before=forge_administrator_for_programs,
    ),
    Mutation(
        "an API key is not admitted with the scope",
        "program",
        ("list_roles",),
        "GET /api/roles",
        after=reject_programs,
    ),
    Mutation(
        "authentication is not enforced",
        "authentication",
        ("list_roles",),
        "GET /api/roles",
        before=forge_administrator,
    ),
    Mutation(
        "the permission is not enforced",
        "permission",
        ("list_roles",),
        "GET /api/roles",
        before=forge_administrator_for_users,
    ),
    Mutation(
        "an unknown member is accepted",
        "unknown member",
        ("create_role",),
        "POST /api/roles",
        before=edit_request(lambda it: {n: v for n, v in it.items() if n != "unknown_member"}),
    ),
    Mutation(
        "an unknown parameter is accepted",
        "unknown parameter",
        ("list_roles",),
        "GET /api/roles",
        before=drop_from_query("unknown_parameter"),
    ),
    Mutation(
        "a parameter is ignored",
        "pages",
        ("list_users",),
        "GET /api/users",
        before=drop_from_query("limit"),
    ),
    Mutation(
        "any media type is accepted",
        "malformed body",
        ("create_role",),
        "POST /api/roles",
        before=accept_any_media_type,
    ),
    Mutation(
        "malformed JSON has another status",
        "malformed body",
        ("create_role",),
        "POST /api/roles",
        answer_invalid,
    ),
    Mutation(
        "HEAD is not as GET",
        "head",
        ("list_roles",),
        "HEAD /api/roles",
        set_header("Content-Type", "text/plain"),
    ),
    Mutation(
        "an ETag that does not change",
        "version",
        ("get_role",),
        f"(?:GET|PATCH) {ROLE}",
        on_success(set_header("ETag", '"1"')),
        instead=answer_constant_version,
    ),
    Mutation(
        "If-Match is ignored",
        "version",
        ("get_role",),
        f"PATCH {ROLE}",
        before=lambda it: it.environ.pop("HTTP_IF_MATCH", None) and None,
    ),
    Mutation(
        "a deletion that does not delete",
        "deletion",
        ("delete_role",),
        f"DELETE {ROLE}",
        instead=answer(204),
    ),
    Mutation(
        "another Location",
        "location",
        ("create_role",),
        "POST /api/roles",
        on_success(set_header("Location", "/api/roles/user")),
    ),
    Mutation(
        "pages that never end",
        "pages",
        ("list_users",),
        "GET /api/users",
        on_success(repeat_page),
        before=always_first_page,
    ),
    Mutation(
        "a link without a value",
        "links",
        ("create_role",),
        "-",
        change_document=break_link(name="$response.body#/title"),
    ),
    Mutation(
        "a link to another resource",
        "links",
        ("create_role",),
        "-",
        change_document=break_link(name="nowhere"),
    ),
    Mutation(
        "a link to no operation", "links", ("create_role",), "-", change_document=lead_nowhere
    ),
    Mutation(
        "a body that the schema forbids is accepted",
        SCHEMATHESIS,
        ("create_role",),
        "POST /api/roles",
        before=edit_request(shorten_description),
    ),
    Mutation(
        "an internal error on odd input",
        SCHEMATHESIS,
        ("create_role",),
        "POST /api/roles",
        instead=fail_on_long_description,
    ),
    Mutation(
        "an internal error on the longest name",
        SCHEMATHESIS,
        ("create_service_account",),
        "POST /api/service-accounts",
        instead=fail_on_longest_name,
    ),
    Mutation("304 with a body", CLIENT, ("get_me",), "GET /api/me", add_body),
)
