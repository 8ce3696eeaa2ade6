import json
import re

from pytest_bdd import given, parsers, scenarios, then, when

from features.personas import read_names

scenarios(".")

PATH = "/api/users"


def list_usernames(page):
    return [item["username"] for item in page["items"]]


def make_query(description):
    """Return the query parameters for a description such as ``suspended users``."""
    words = re.search('words? "(.+)"', description)
    domain = re.search('domain "(.+)"', description)
    filters = {
        "status": "suspended" if "suspended" in description else None,
        "role": "admin" if "administrators" in description else None,
        "q": "" if description == "an empty text" else words and words[1],
        "domain": domain and domain[1],
    }
    return {name: value for name, value in filters.items() if value is not None}


def read_pages(person, **query):
    """Follow the link to the next page until the last page."""
    cursor = {}
    while cursor is not None:
        page = person.get(PATH, query_string={**query, **cursor}).json
        yield page
        cursor = {"cursor": page["next"]} if page["next"] else None


@given(parsers.parse('"{key}" is "{value}" in {name:w}\'s app metadata'))
def store_app_metadata(preconditions, people, name, key, value):
    preconditions.update_user(people[name], {"app_metadata": {key: value}})


@when(parsers.parse('Root searches the app metadata for "{key}" as "{value}"'))
def search_by_app_metadata(preconditions, people, responses, key, value):
    query = {"app_metadata": json.dumps({key: value}), "q": preconditions.suffix}
    responses["Root"] = people["Root"].get("/api/users", query_string=query)


@when("Root lists all users with their number")
def list_users_with_number(people, responses):
    responses["Root"] = people["Root"].get(PATH, query_string={"count": "true"})


@when(parsers.parse("Root searches for {users}"))
def search_users(people, responses, users):
    responses["Root"] = people["Root"].get(PATH, query_string=make_query(users))


@when("Root lists all users in descending order of their usernames")
def list_users_in_order(people, responses):
    responses["Root"] = people["Root"].get(PATH, query_string={"sort": "-username"})


@when(parsers.parse("Root lists all users in pages of {size:d} users"), target_fixture="pages")
def list_users_in_pages(people, size):
    return list(read_pages(people["Root"], limit=size))


@given(parsers.parse("the service has {number:d} users"))
def create_users(people, number):
    """Import users; Root is one of the number."""
    rows = "".join(f'{{"email": "user{each}@example.org"}}\n' for each in range(number - 1))
    headers = {"Content-Type": "application/x-ndjson"}
    report = people["Root"].post("/api/users/import", data=rows, headers=headers, expecting=200)
    assert report.json["created"] == number - 1


@when(parsers.parse("Root requests a page of {size:d} users"))
def request_page(people, responses, size):
    responses["Root"] = people["Root"].get(PATH, query_string={"limit": size}, expecting=None)


@then(parsers.parse("Root sees {number:d} users"))
def check_size(responses, number):
    assert len(responses["Root"].json["items"]) == number


@then(parsers.parse("Root sees {users:d} different users, on {number:d} pages"))
def check_all_pages(pages, users, number):
    ids = {item["id"] for page in pages for item in page["items"]}
    assert (len(ids), len(pages)) == (users, number)


@then("Root sees no users")
def check_no_users(responses):
    assert responses["Root"].json["items"] == []


@then(parsers.parse("Root sees that there are {number:d} users"))
def check_number(responses, number):
    assert responses["Root"].json["total"] == number


@then(parsers.parse("Root sees the users in the order {names}"))
def check_order(responses, names):
    assert list_usernames(responses["Root"].json) == read_names(names)


@then(parsers.parse("Root sees every user once, on {number:d} pages of at most {size:d} users"))
def check_pages(people, pages, number, size):
    usernames = [list_usernames(page) for page in pages]
    assert sorted(name for page in usernames for name in page) == sorted(people)
    assert len(pages) == number
    assert max(map(len, usernames)) <= size
