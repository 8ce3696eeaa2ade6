"""Requests that have crashed similar services: NUL, surrogates, depth, malformed ids and tokens.

The same requests go to a service on PostgreSQL and to one on SQLite.
"""

from collections.abc import Iterable
from functools import partial
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.hostile.wire import Answer, Wire

GOOD = "correct horse battery"
MAXIMUM = 2**63


class HostileRequest(NamedTuple):
    name: str
    method: str
    path: str
    body: Any = None
    lines: tuple[str, ...] = ()
    who: str = "user"  # or anonymous, or admin


TEXTS = {
    "nul": "a\x00b",
    "lone high surrogate": "\ud800",
    "lone low surrogate": "\udfff x",
    "line breaks": "a\r\nBcc: v@example.org",
    "non-character": "a\uffffb",
    "last code point": "\U0010ffff",
    "folds to eighteen": "\ufdfa" * 20,
    "folds, as an address": "\ufdfa" * 20 + "@example.org",
    "marks": "a" + "\u0301" * 60,
    "right to left": "\u202eabc",
    "zero width": "a\u200bb@example.org",
    "long": "a" * 3000,
    "sql": "' OR 1=1; DROP TABLE users; --",
    "format": "%s %(x)s {0} ${jndi:ldap://x}",
    "markup": "<script>alert(1)</script>",
    "empty": "",
    "blank": "   ",
}

WRONG_TYPES = {
    "null": None,
    "number": 5,
    "huge number": 10**30,
    "fraction": 1.5,
    "true": True,
    "list": ["a"],
    "object": {"$ne": 1},
}

BODIES = {
    "nothing": b"",
    "brace": b"{",
    "null": b"null",
    "list": b"[]",
    "text": b'"x"',
    "number": b"5",
    "not a number": b'{"username": NaN}',
    "infinite": b'{"username": 1e999}',
    "5000 digits": b'{"username": %s}' % (b"9" * 3000),
    "repeated member": b'{"username": "a", "username": "b"}',
    "repeated member, escaped": b'{"username": "a", "user\\u006eame": "b"}',
    "utf-16": '{"username": "ada"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"username": "ada"}',
    "not utf-8": b'{"username": "\xff\xfe"}',
    "overlong utf-8": b'{"username": "\xc0\x80"}',
    "surrogate as utf-8": b'{"username": "\xed\xa0\x80"}',
    "33 deep": b"[" * 33 + b"]" * 33,
    "1000 objects deep": b'{"a":' * 800,
    "2000 deep and open": b"[" * 2000,
    "2000 deep and closed": b"[" * 2000 + b"]" * 2000,
    "trailing comma": b'{"username": "ada",}',
    "two values": b"{}{}",
    "comment": b'{/**/"username": "ada"}',
    "prototype": b'{"__proto__": {"admin": true}, "constructor": 1}',
    "empty name": b'{"": ""}',
}

IDS = {
    "beyond integers": "99999999999",
    "largest integer": str(MAXIMUM),
    "negative": "-1",
    "leading zero": "01",
    "arabic digit": "%D9%A1",
    "encode_part slash": "1%2f",
    "matrix": "1;a=b",
    "nul": "%00",
    "not utf-8": "%ff%fe",
    "long": "a" * 4000,
    "dots": "..%2f..%2fetc%2fpasswd",
    "word": "me",
    "uuid in braces": "%7B01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10%7D",
    "uuid without hyphens": "01939e7a8c5b7c3e9a440c8b5d7e2f10",
    "longer uuid": "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10a",
    "sql": "1'%20OR%20'1'='1",
    "unknown": "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10",
    "nil": "00000000-0000-0000-0000-000000000000",
}

QUERIES = {
    **{
        f"limit={number}": f"limit={number}"
        for number in ("0", "-1", "101", "1000000000", "1" + "0" * 20, "abc", "1.5", "", "1e2")
    },
    "arabic limit": "limit=%D9%A1",
    "padded limit": "limit=%201",
    "limit twice": "limit=1&limit=999",
    "unknown": "page=2",
    "back door": "__debugger__=yes",
    "sort by a secret": "sort=password_hash",
    "sort by a query": "sort=(select%20pg_sleep(5))",
    "sort injection": "sort=created_at%20desc;--",
    "cursor": "cursor=abc",
    "cursor not base64": "cursor=%00%ff",
    "long cursor": f"cursor={'a' * 3000}",
    "nul": "q=%00",
    "not utf-8": "q=%ff%fe",
    "surrogate": "q=%ed%a0%80",
    "wildcards": "q=%25_%5C",
    "sql": "q='%20OR%201=1--",
    "last code point": f"q={quote(chr(0x10FFFF))}",
    "folds to eighteen": f"q={quote(chr(0xFDFA) * 80)}",
    "no timestamp": "created_after=yesterday",
    "timestamp without zone": "created_after=2026-01-01T00:00:00",
    "first timestamp": "created_after=0001-01-01T00:00:00%2B14:00",
    "last timestamp": "created_before=9999-12-31T23:59:59-14:00",
    "leap second": "created_after=2016-12-31T23:59:60Z",
    "count": "count=maybe",
    "status": "status=deleted",
    "empty pair": "&&=&",
    "semicolons": "limit=1;count=true",
    "array": "limit[]=1",
}

LINES = {
    "method override": "X-HTTP-Method-Override: DELETE",
    "mask": "X-Fields: {password_hash}",
    "broken mask": "X-Fields: {",
    "cookie": "Cookie: access_token_cookie=a.b.c; session=x",
    "range": "Range: bytes=0-5",
    "conditions": "If-Match: *",
    "forwarded": "X-Forwarded-For: not an address",
    "accept": "Accept: application/xml",
    "broken accept": "Accept: ;;;q=x",
    "languages": "Accept-Language: \xff\xfe",
    "upgrade": "Upgrade: h2c",
    "script name": "Script_Name: /x",
    "request id": "X-Request-Id: a b{}",
}

FIELDS = [
    ("POST", "/api/register", "username", "anonymous"),
    ("POST", "/api/register", "email", "anonymous"),
    ("POST", "/api/register", "password", "anonymous"),
    ("POST", "/api/login", "username", "anonymous"),
    ("POST", "/api/login", "email", "anonymous"),
    ("POST", "/api/login", "password", "anonymous"),
    ("PATCH", "/api/me", "username", "user"),
    ("PATCH", "/api/me", "display_name", "user"),
    ("POST", "/api/me/password", "new_password", "user"),
    ("PATCH", "/api/users/{id}", "email", "admin"),
    ("PATCH", "/api/users/{id}", "status", "admin"),
]
OTHERS = {  # the other members of the body
    "/api/register": {"username": "corpus", "email": "corpus@example.org", "password": GOOD},
    "/api/login": {"username": "corpus", "password": "wrong"},
    "/api/me/password": {"current_password": "wrong", "new_password": GOOD},
}
WITH_BODY = [
    ("POST", "/api/register", "anonymous"),
    ("POST", "/api/login", "anonymous"),
    ("POST", "/api/users", "admin"),
    ("PATCH", "/api/me", "user"),
]
TOKENS = ("", "x", "a.b.c", "a.b.c.d", ".", "..", "a" * 7000, "a." * 3500, "\xff", "a.b.c, a.b.c")


def list_field_requests() -> Iterable[HostileRequest]:
    for method, path, field, who in FIELDS:
        for name, value in {**TEXTS, **WRONG_TYPES}.items():
            body = {**OTHERS.get(path, {}), field: value}
            yield HostileRequest(f"{field}: {name}", method, path, body, (), who)


def list_body_requests() -> Iterable[HostileRequest]:
    for method, path, who in WITH_BODY:
        for name, body in BODIES.items():
            yield HostileRequest(f"body: {name}", method, path, body, (), who)


def list_url_requests() -> Iterable[HostileRequest]:
    for name, odd in IDS.items():
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = None if method in {"GET", "DELETE"} else {}
            yield HostileRequest(f"id: {name}", method, f"/api/users/{odd}", body, (), "admin")
    for name, query in QUERIES.items():
        yield HostileRequest(f"query: {name}", "GET", f"/api/users?{query}", None, (), "admin")


def list_header_requests() -> Iterable[HostileRequest]:
    for name, line in LINES.items():
        yield HostileRequest(f"header: {name}", "GET", "/api/me", None, (line,))
    for token in TOKENS:
        line = f"Authorization: Bearer {token}"
        yield HostileRequest(f"token: {token[:8]}", "GET", "/api/me", None, (line,), "anonymous")


CORPUS = list(
    chain(list_field_requests(), list_body_requests(), list_url_requests(), list_header_requests())
)


def run(service: Any) -> dict[str, Answer]:
    """Send all requests to a service, and return the unchecked responses."""
    wire, user = Wire(service.port), service.person("Corpus0")
    tokens = {"anonymous": None, "user": user.token, "admin": service.administrator.token}
    send = partial(_send, wire, tokens, user.id)
    return {f"{one.name} @ {one.method} {one.path[:40]}": send(one) for one in CORPUS}


def _send(wire: Wire, tokens: dict[str, str | None], user_id: str, one: HostileRequest) -> Answer:
    path = one.path.replace("{id}", user_id)
    return wire.with_token(tokens[one.who]).send(one.method, path, one.body, *one.lines)
