import json
import re
from datetime import timedelta

import orjson
from pytest_bdd import given, parsers, scenarios, then, when

from api.core import clock
from api.core.database import in_transaction
from api.users.purging import purge_some
from features.people import (
    REFUSALS,
    log_in,
    named,
    newcomer,
    own_account,
    refusals,
    with_token,
)
from tests.other_systems import MAKERS

scenarios(".")


def change(people, name, other, **changes):
    path = f"/api/users/{people[other].id}"
    return people[name].patch(path, changes, expecting=None)


def account_of(people, name):
    return f"/api/users/{people[name].id}"


def look(people, name):
    return people[name].get(account_of(people, "Ada"))


def tag(sight):
    return sight.headers["ETag"]


def usernames(page):
    return [item["username"] for item in page["items"]]


def leaf_through(person, **query):
    """Go from page to page to the last."""
    cursor = {}
    while cursor is not None:
        page = person.get("/api/users", query_string={**query, **cursor}).json
        yield page
        cursor = {"cursor": page["next"]} if page["next"] else None


def query_for(wanted):
    """Say in the service's terms who is wanted."""
    beginning = re.search('"(.+)"', wanted)
    filters = {
        "status": "suspended" if "suspended" in wanted else None,
        "role": "admin" if "administrators" in wanted else None,
        "q": beginning and beginning[1],
    }
    return {name: value for name, value in filters.items() if value}


def row_of(person):
    """Return somebody as a file of another system has them."""
    kept = MAKERS["PBKDF2-SHA256, Django"](person.password)
    return {"username": person.username, "email": person.email, "password_hash": kept}


def take_in(root, content, query=""):
    """Take in a file, and return what is said of each row and at last of all."""
    path, kind = f"/api/users/import{query}", {"Content-Type": "application/x-ndjson"}
    answer = root.post(path, data=content, headers=kind, expecting=200)
    return [orjson.loads(line) for line in answer.data.splitlines()]


def file_of(*rows):
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


@when(
    "Root takes in a file with Grace and Alan, and their passwords as another system kept them",
    target_fixture="people",
)
def takes_in_two(client, people):
    both = {name: newcomer(name, client) for name in ("Grace", "Alan")}
    take_in(people["Root"], file_of(*map(row_of, both.values())))
    return people | both


@when("Root takes in a file with another Ada, and with Grace", target_fixture="told")
def takes_in_another(client, people, query=""):
    people["Grace"] = newcomer("Grace", client)
    other = row_of(people["Ada"]) | {"email": "another.ada@example.org"}
    return take_in(people["Root"], file_of(other, row_of(people["Grace"])), query)


@when(
    "Root tries what would become of a file with another Ada, and with Grace",
    target_fixture="told",
)
def tries_another(client, people):
    return takes_in_another(client, people, "?dry_run=true")


@when("Root hands out everybody, and takes in what he handed out", target_fixture="told")
def hands_out_everybody(people):
    handed_out = people["Root"].get("/api/users/export?hashes=true")
    return take_in(people["Root"], handed_out.data)


@then(parsers.parse("he is told that the first was refused since {reason}"))
def told_of_the_first(told, reason):
    first, second, summary = told
    assert [finding["rule"] for finding in first["findings"]] == [REFUSALS[reason]]
    assert (second["outcome"], summary["created"], summary["refused"]) == ("created", 1, 1)


@then("he is told that nothing was new")
def told_nothing_was_new(told):
    assert told[-1] == {"created": 0, "unchanged": 2, "refused": 0, "dry_run": False}


@when(parsers.parse("Root looks for {wanted}"), target_fixture="answer")
def looks_for(people, wanted):
    return people["Root"].get("/api/users", query_string=query_for(wanted))


@when("Root lists the people by username, backwards", target_fixture="answer")
def lists_backwards(people):
    return people["Root"].get("/api/users", query_string={"sort": "-username"})


@when("Root asks how many people there are", target_fixture="answer")
def asks_how_many(people):
    return people["Root"].get("/api/users", query_string={"count": "true"})


@when("Root leafs through the list, two people to a page", target_fixture="pages")
def leafs_through(people):
    return list(leaf_through(people["Root"], limit=2))


@when("Root opens an account for Grace with Ada's address", target_fixture="answer")
def opens_second_account(people):
    grace = people["Grace"]
    body = {"username": grace.username, "email": people["Ada"].email, "password": grace.password}
    return people["Root"].post("/api/users", body, expecting=None)


@when(
    parsers.parse('{name:w} changes {other:w}\'s address to "{address}"'), target_fixture="answer"
)
def changes_address(people, name, other, address):
    return change(people, name, other, email=address)


@when(parsers.parse("{name:w} suspends {other:w}"), target_fixture="answer")
def suspends(people, name, other):
    return change(people, name, other, status="suspended")


@when(parsers.parse('{name:w} suspends {other:w} because "{reason}"'), target_fixture="answer")
def suspends_because(people, name, other, reason):
    return change(people, name, other, status="suspended", status_reason=reason)


@when("Root lists the deleted people", target_fixture="answer")
def lists_deleted(people):
    return people["Root"].get("/api/users", query_string={"deleted": "true"})


@when(parsers.parse("Root restores {name:w}'s account"), target_fixture="answer")
def restores(people, name):
    return people["Root"].post(f"/api/users/{people[name].id}/restore", expecting=None)


@when(parsers.re("(?P<name>.+) deletes (?:her|his) own account"), target_fixture="answer")
def deletes_own(people, name):
    return people[name].delete("/api/me", expecting=None)


@given(parsers.parse("{name:w} has an account by {other:w}'s username"), target_fixture="people")
def has_account_by_username(people, person, name, other):
    mine = person(people[other].username, email="adele@example.org")
    return people | {name: mine}


@given(parsers.parse("{days:d} days have passed, and who was deleted has been purged"))
def has_been_purged(app, days, monkeypatch):
    moment = clock.now() + timedelta(days=days)
    with monkeypatch.context() as later, app.app_context():
        later.setattr(clock, "now", lambda: moment)
        in_transaction(purge_some)


@when(parsers.parse('Ada notes that her "{what}" is "{value}"'), target_fixture="answer")
def notes_own(people, what, value):
    return people["Ada"].patch("/api/me", {"user_metadata": {what: value}}, expecting=None)


@when(
    parsers.parse('Ada notes that her "{what}" is more than there is room for'),
    target_fixture="answer",
)
def notes_too_much(people, what):
    return notes_own(people, what, "x" * 20_000)


@given(parsers.parse('{name:w} has noted of {other:w} that the "{what}" is "{value}"'))
@when(
    parsers.parse('{name:w} notes of {other:w} that the "{what}" is "{value}"'),
    target_fixture="answer",
)
def notes(people, name, other, what, value):
    return change(people, name, other, app_metadata={what: value})


@when(parsers.parse('Root seeks people whose "{what}" is "{value}"'), target_fixture="answer")
def looks_by_note(people, what, value):
    query = {"app_metadata": json.dumps({what: value})}
    return people["Root"].get("/api/users", query_string=query)


@when(parsers.parse("{name:w} reactivates {other:w}"), target_fixture="answer")
def reactivates(people, name, other):
    return change(people, name, other, status="active")


@when(parsers.re("(?P<name>.+) makes (?P<other>.+) (?P<role>an .+)"), target_fixture="answer")
def gives_role(people, name, other, role):
    method = "PUT" if role == "an administrator" else "DELETE"
    path = f"/api/users/{people[other].id}/roles/admin"
    return people[name].ask(method, path, expecting=None)


@given(parsers.parse('there is a role "{role}" that allows "{allowed}"'))
def there_is_role(people, role, allowed):
    people["Root"].post("/api/roles", {"name": role, "permissions": allowed.split()})


@given(parsers.parse('{name:w} holds the role "{role}"'))
def holds_role(people, name, role):
    people["Root"].put(f"/api/users/{people[name].id}/roles/{role}", None, expecting=204)


@when(
    parsers.parse('{name:w} defines a role "{role}" that allows "{allowed}"'),
    target_fixture="answer",
)
def defines_role(people, name, role, allowed):
    body = {"name": role, "permissions": allowed.split()}
    return people[name].post("/api/roles", body, expecting=None)


@when(parsers.parse('{name:w} grants {other:w} the role "{role}"'), target_fixture="answer")
def grants_role(people, name, other, role):
    path = f"/api/users/{people[other].id}/roles/{role}"
    return people[name].put(path, None, expecting=None)


@when(parsers.parse('{name:w} withdraws the role "{role}" from {other:w}'), target_fixture="answer")
def withdraws_role(people, name, other, role):
    path = f"/api/users/{people[other].id}/roles/{role}"
    return people[name].delete(path, expecting=None)


@when(parsers.parse('{name:w} changes the role "{role}" to allow nothing'), target_fixture="answer")
def empties_role(people, name, role):
    return people[name].patch(f"/api/roles/{role}", {"permissions": []}, expecting=None)


@when(
    parsers.parse('{name:w} changes the role "{role}" to allow "{allowed}"'),
    target_fixture="answer",
)
def changes_role(people, name, role, allowed):
    body = {"permissions": allowed.split()}
    return people[name].patch(f"/api/roles/{role}", body, expecting=None)


@when(parsers.parse('{name:w} deletes the role "{role}"'), target_fixture="answer")
def deletes_role(people, name, role):
    return people[name].delete(f"/api/roles/{role}", expecting=None)


@when(parsers.parse("{name:w} deletes {other:w}'s account"), target_fixture="answer")
def deletes(people, name, other):
    return people[name].delete(f"/api/users/{people[other].id}", expecting=None)


@given("Root and Grace are looking at Ada's account", target_fixture="sights")
def are_looking(people):
    return {name: look(people, name) for name in ("Root", "Grace")}


@when("Root looks at Ada's account again")
def looks_again(people, sights):
    sights["Root"] = look(people, "Root")


@when(
    parsers.re('(?P<name>.+), as (she|he) sees it, changes Ada\'s address to "(?P<address>.+)"'),
    target_fixture="answer",
)
def changes_as_seen(people, sights, name, address):
    its, headers = account_of(people, "Ada"), {"If-Match": tag(sights[name])}
    return people[name].patch(its, {"email": address}, headers=headers, expecting=None)


@when("Root, as he sees it, deletes Ada's account", target_fixture="answer")
def deletes_as_seen(people, sights):
    its, headers = account_of(people, "Ada"), {"If-Match": tag(sights["Root"])}
    return people["Root"].delete(its, headers=headers, expecting=None)


@when("Root asks whether anything about Ada is new", target_fixture="answer")
def asks_what_is_new(people, sights):
    its, headers = account_of(people, "Ada"), {"If-None-Match": tag(sights["Root"])}
    return people["Root"].get(its, headers=headers, expecting=None)


@then("Root learns that nothing is")
def learns_nothing(answer):
    assert (answer.status_code, answer.data) == (304, b"")


@then(parsers.parse('Root learns the address "{address}"'))
def learns_address(answer, address):
    assert answer.json["email"] == address


@then(parsers.parse("Root has met everybody once, on {number:d} pages"))
def has_met_everybody(people, pages, number):
    found = [username for page in pages for username in usernames(page)]
    assert (sorted(found), len(pages)) == (sorted(people), number)


@then(parsers.parse("Root reads {names} in this order"))
def reads_in_order(answer, names):
    assert usernames(answer.json) == named(names)


@then(parsers.parse("Root finds {names}"))
def finds(answer, names):
    assert sorted(usernames(answer.json)) == sorted(named(names))


@then(parsers.parse('Ada finds that {whose:w} "{what}" is "{value}"'))
def finds_note(people, whose, what, value):
    kept = {"her": "user_metadata", "the": "app_metadata"}[whose]
    assert own_account(people["Ada"])[kept] == {what: value}


@then(parsers.parse('Root reads of {name:w} that "{reason}"'))
def reads_reason(people, name, reason):
    account = people["Root"].get(f"/api/users/{people[name].id}").json
    assert account["status_reason"] == reason


@then(parsers.parse("Root reads no reason of {name:w}"))
def reads_no_reason(people, name):
    reads_reason(people, name, None)


@then(parsers.parse("Root learns that there are {number:d}"))
def learns_how_many(answer, number):
    assert answer.json["total"] == number


@then(parsers.parse("Root can no longer find {name:w}"))
def finds_no_longer(people, name):
    everybody = people["Root"].get("/api/users").json
    assert people[name].username not in usernames(everybody)


@then(parsers.parse('{name:w} can log in as "{address}"'))
def can_log_in_as(people, name, address):
    answer = log_in(people[name], email=address)
    assert own_account(with_token(people[name], answer))["email"] == address


@then(parsers.parse("{name:w} may look at everybody's accounts"))
def may_look(people, name):
    assert people[name].username in usernames(people[name].get("/api/users").json)


@then(parsers.parse('there is no role "{role}" any more'))
def is_no_role(people, role):
    assert role not in [each["name"] for each in people["Root"].get("/api/roles").json["items"]]


@then(parsers.parse('she is told that she lacks "{permission}"'))
def lacks(answer, permission):
    assert answer.json["permission"] == permission


@then(parsers.parse("{name:w} may no longer look at everybody's accounts"))
def may_look_no_longer(people, name):
    answer = people[name].get("/api/users", expecting=None)
    assert REFUSALS["she may not do this"] in refusals(answer)


@then(parsers.parse("she sees {name:w}'s address"))
def sees_address(people, answer, name):
    assert answer.json["email"] == people[name].email


@then(parsers.parse("everything about {names} is as it was"))
def is_as_it_was(people, names):
    for person in (people[name] for name in named(names)):
        account = own_account(person)
        assert (account["username"], account["email"]) == (person.username, person.email)
        assert (account["roles"], account["status"]) == (["user"], "active")
