"""Probes of resources: their versions, pages, links, and what a change leaves behind."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from api.fuzz.client import AccountClient
from api.fuzz.contract import Node, Operation
from api.fuzz.expressions import Exchange, follow
from api.fuzz.probes import (
    NOT_FOUND,
    NOT_MODIFIED,
    OK,
    PRECONDITION_FAILED,
    Prober,
    expect,
    probe,
    run_probes,
)
from api.fuzz.recipes import Request

__all__ = ["run_probes"]  # with the probes of both modules

MAX_PAGES = 50
SAME_HEADERS = ("Content-Type", "ETag", "Link")  # of HEAD and GET
MAX_CHANGES = 20  # by other callers of the run, between a GET and the next
SMALL_PAGES = 3  # that are read with one item each
CREATED = 201
OWN = "/api/me/"


def find_sibling(prober: Prober, operation: Operation, method: str) -> Operation | None:
    """Return the operation with another method on the same path."""
    siblings = prober.operations.values()
    found = (one for one in siblings if one.path == operation.path and one.method == method)
    return next(found, None)


@probe
def probe_head(prober: Prober, operation: Operation) -> Iterator[str]:
    """HEAD answers as GET does, without a body."""
    if operation.method != "GET":
        return
    caller = prober.find_caller(operation)
    request = prober.make(operation, caller)
    full = prober.send(request, caller)
    for _ in range(MAX_CHANGES):
        before = full
        request.method = "HEAD"
        head = prober.send(request, caller)
        request.method = "GET"
        full = prober.send(request, caller)
        if all(full.headers.get(name) == before.headers.get(name) for name in SAME_HEADERS):
            break
    yield from expect(head, before.status_code)
    for name in SAME_HEADERS:
        if head.headers.get(name) != before.headers.get(name):
            yield f"HEAD answers another {name} than GET"


@probe
def probe_version(prober: Prober, operation: Operation) -> Iterator[str]:
    """An ETag answers 304, changes with the resource, and then no longer permits a change."""
    if operation.method != "GET" or "304" not in operation.node["responses"]:
        return
    caller = prober.find_caller(operation)
    request = prober.make(operation, caller)
    version = prober.send(request, caller).headers.get("ETag")
    if version is None:
        yield "there is no ETag"
        return
    request.headers = {"If-None-Match": version}
    yield from expect(prober.send(request, caller), NOT_MODIFIED)
    change = find_sibling(prober, operation, "PATCH")
    if change is None:
        return
    changing = prober.make(change, caller)
    changing.path, changing.headers = request.path, {"If-Match": version}
    yield from expect(prober.send(changing, caller), change.success)
    if prober.send(request, caller).status_code == NOT_MODIFIED:
        yield "the ETag is the same after a change"
    yield from expect(prober.send(changing, caller), PRECONDITION_FAILED)


@probe
def probe_deletion(prober: Prober, operation: Operation) -> Iterator[str]:
    """What was deleted cannot be read any more; what was revoked can."""
    read = find_sibling(prober, operation, "GET")
    if operation.method != "DELETE" or read is None or read.path[-1] != "}":
        return
    if operation.id.startswith("revoke_"):
        return
    request = prober.make(operation)
    yield from expect(prober.send(request, prober.administrator), operation.success)
    request.method = "GET"
    yield from expect(prober.send(request, prober.administrator), NOT_FOUND)


@probe
def probe_location(prober: Prober, operation: Operation) -> Iterator[str]:
    """Location is the URL of what was created, and shows it without its secret."""
    response_node = operation.node["responses"].get(str(CREATED), {})
    if "Location" not in response_node.get("headers", {}):
        return
    caller = prober.find_caller(operation)
    created = prober.send(prober.make(operation, caller), caller)
    if created.status_code != CREATED:
        return
    location = created.headers.get("Location", "")
    if not location.startswith(prober.url):
        yield f"Location is {location!r}, which is no URL of the instance"
    path = urlsplit(location).path
    reader = caller if path.startswith(OWN) else prober.administrator
    found = prober.send(Request("GET", path), reader)
    if found.status_code != OK or not found.json().items() <= created.json().items():
        yield "Location leads to something else"


@probe
def probe_pages(prober: Prober, operation: Operation) -> Iterator[str]:
    """Pages have no more items than asked for, differ from each other, and end."""
    names = {parameter["name"] for parameter in operation.parameters}
    if not {"cursor", "limit"} <= names:
        return
    for _ in range(SMALL_PAGES):
        prober.keeper.create_target()
    for limit, pages in (("1", SMALL_PAGES), ("100", MAX_PAGES)):
        cursors: set[str] = set()
        for cursor, items in read_pages(prober, operation, limit, pages):
            if items > int(limit):
                yield f"a page has {items} items instead of {limit}"
            if cursor is not None and cursor in cursors:
                yield "the pages never end: a cursor is repeated"
                break
            cursors.add(cursor or "")


def read_pages(
    prober: Prober, operation: Operation, limit: str, pages: int
) -> Iterator[tuple[str | None, int]]:
    """Yield the cursor of the next page, and the number of items, of each page."""
    cursor: str | None = None
    for _ in range(pages):
        request = prober.make(operation)
        request.query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
        response = prober.send(request, prober.administrator)
        if response.status_code != OK:
            return
        cursor, items = read_page(response)
        yield cursor, items
        if cursor is None:
            return


def read_page(response: requests.Response) -> tuple[str | None, int]:
    if "X-Last-Page" in response.headers:
        return response.headers.get("X-Next-Cursor"), len(response.content.splitlines())
    page = response.json()
    return page.get("next"), len(page.get("items", ()))


@probe
def probe_links(prober: Prober, operation: Operation) -> Iterator[str]:
    """Each documented link leads to a request that succeeds, unless it needs a mail."""
    response_node = operation.node["responses"][str(operation.success)]
    for target, link in response_node.get("links", {}).items():
        if link["operationId"] not in prober.operations:
            yield f"the link {target} leads to an operation that does not exist"
            continue
        yield from try_link(prober, operation, link)


def try_link(prober: Prober, operation: Operation, link: Node) -> Iterator[str]:
    """Follow a link from a new response."""
    caller = prober.find_caller(operation)
    request = prober.make(operation, caller)
    if "limit" in {parameter["name"] for parameter in operation.parameters}:
        request.query["limit"] = "1"  # so that there is a next page
    response = prober.send(request, caller)
    if not response.ok:
        return  # the probe of the success reports it
    target = prober.operations[link["operationId"]]
    follower = find_follower(prober, target, caller, response)
    exchange = Exchange(operation, request, response)
    try:
        following = follow(link, target, exchange, prober.make(target, follower))
    except LookupError as error:
        yield f"the link to {target.id} has no value for {error}"
        return
    answer = prober.send(following, follower)
    if not answer.ok and answer.status_code != target.failing_status:
        yield f"the link to {target.id} leads to {answer.status_code}"


def find_follower(
    prober: Prober, target: Operation, caller: AccountClient, response: requests.Response
) -> AccountClient:
    """Return who follows a link: the new session if the response opened one."""
    if target.permission:
        return prober.administrator
    if "access_token" in response.text:
        caller.token = response.json()["access_token"]
    return caller
