import re

from pytest_bdd import given, parsers, scenarios, then, when

from features.people import REFUSALS, log_in, named, own_account, refusals, with_token

scenarios(".")


def change(people, name, other, **changes):
    path = f"/api/users/{people[other].id}"
    return people[name].patch(path, changes, expecting=None)


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
