import orjson
from pytest_bdd import given, parsers, scenarios, then, when

from features.errors import ERROR_CODES
from features.personas import make_newcomer, read_names
from tests.other_systems import MAKERS

scenarios(".")

NDJSON = {"Content-Type": "application/x-ndjson"}


def make_row(person):
    """Return the row of a person in an export of another system."""
    password_hash = MAKERS["PBKDF2-SHA256, Django"](person.password)
    return {
        "username": person.username,
        "email": person.email,
        "password_hash": password_hash,
    }


def import_rows(person, rows, *, dry_run="false"):
    """Import rows of NDJSON and return the report."""
    path = f"/api/users/import?dry_run={dry_run}"
    return person.post(path, data=rows, headers=NDJSON, expecting=200).json


def make_file(*rows):
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


@given("Root has exported all users with their password hashes", target_fixture="exported")
def export_users(people):
    return people["Root"].get("/api/users/export?hashes=true").data


@when(parsers.parse("Root imports {names} with their password hashes"), target_fixture="report")
def import_newcomers(client, people, names):
    newcomers = {name: make_newcomer(name, client) for name in read_names(names)}
    people.update(newcomers)
    return import_rows(people["Root"], make_file(*map(make_row, newcomers.values())))


@when("Root imports another user with Ada's username, and Grace", target_fixture="report")
def import_registered_username(client, people, dry_run="false"):
    people["Grace"] = make_newcomer("Grace", client)
    other = make_row(people["Ada"]) | {"email": "another.ada@example.org"}
    rows = make_file(other, make_row(people["Grace"]))
    return import_rows(people["Root"], rows, dry_run=dry_run)


@when("Root tries to import another user with Ada's username, and Grace", target_fixture="report")
def try_import(client, people):
    return import_registered_username(client, people, "true")


@when("Root imports the export", target_fixture="report")
def import_export(people, exported):
    return import_rows(people["Root"], exported)


@then(parsers.parse('Root sees that row {number:d} is rejected because "{error}"'))
def check_rejected_row(report, number, error):
    [row] = [row for row in report["rows"] if row["line"] == number]
    assert [error["rule"] for error in row["errors"]] == [ERROR_CODES[error]]


@then(
    parsers.re(
        r"Root sees that (?P<created>\d+) users? (?:is|are) created, "
        r"(?P<unchanged>\d+) users? (?:is|are) unchanged "
        r"and (?P<rejected>\d+) rows? (?:is|are) rejected"
    ),
    converters={"created": int, "unchanged": int, "rejected": int},
)
def check_summary(report, created, unchanged, rejected):
    counts = (report["created"], report["unchanged"], report["rejected"])
    assert counts == (created, unchanged, rejected)
