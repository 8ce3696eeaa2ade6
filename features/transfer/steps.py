import orjson
from pytest_bdd import given, parsers, scenarios, then, when

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


def import_rows(person, rows, *, query=""):
    """Import rows of NDJSON and return the report."""
    path = f"/api/users/import{query}"
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


@when("Root imports a user without an e-mail address, and Grace", target_fixture="report")
def import_incomplete_user(client, people, dry_run="false"):
    people["Grace"] = make_newcomer("Grace", client)
    rows = make_file({"username": "alan"}, make_row(people["Grace"]))
    return import_rows(people["Root"], rows, query=f"?dry_run={dry_run}")


@when("Root tries to import a user without an e-mail address, and Grace", target_fixture="report")
def try_import(client, people):
    return import_incomplete_user(client, people, "true")


@when(parsers.parse('Root imports Ada with the display name "{name}"'), target_fixture="report")
def import_ada(people, name, query=""):
    row = {"email": people["Ada"].email, "display_name": name}
    return import_rows(people["Root"], make_file(row), query=query)


@when(
    parsers.parse('Root imports Ada with the display name "{name}", and requests the update'),
    target_fixture="report",
)
def update_ada(people, name):
    return import_ada(people, name, "?on_conflict=update")


@when("Root imports the export", target_fixture="report")
def import_export(people, exported):
    return import_rows(people["Root"], exported)


@then(parsers.parse('Root sees that row {number:d} is rejected because its "{member}" "{message}"'))
def check_rejected_row(report, number, member, message):
    [row] = [row for row in report["rows"] if row["line"] == number]
    [error] = row["errors"]
    assert (row["outcome"], error["pointer"], error["message"]) == (
        "rejected",
        f"/{member}",
        message,
    )


@then(parsers.parse('Root sees that row {number:d} is in conflict because its "{member}" differs'))
def check_conflict(report, number, member):
    [row] = [row for row in report["rows"] if row["line"] == number]
    assert row["outcome"] == "conflict"
    assert [error["pointer"] for error in row["errors"]] == [f"/{member}"]


@then("Root sees that 1 user is updated")
def check_updated(report):
    assert report["updated"] == 1


@then("Ada has no display name")
def check_no_display_name(people):
    check_display_name(people, None)


@then(parsers.parse('Ada has the display name "{name}"'))
def check_display_name(people, name):
    assert people["Ada"].get("/api/me").json["display_name"] == name


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
