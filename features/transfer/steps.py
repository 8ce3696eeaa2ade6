from dataclasses import replace

import orjson
from pytest_bdd import given, parsers, scenarios, then, when

from features.personas import log_in, read_names, use_tokens
from features.transfer.files import (
    COSTLY_HASHES,
    CSV,
    FILES,
    NDJSON,
    make_file,
    make_row,
    make_workbook,
)

scenarios(".")

REASONS = {  # by the words of the features, the member and the rule that it breaks
    "it has no e-mail address": ("/email", "required"),
    "its password hash costs too much": ("/password_hash", "hash_too_costly"),
}


def import_rows(person, rows, *, query="", headers=NDJSON):
    """Import rows, by default of NDJSON, and return the report."""
    path = f"/api/users/import{query}"
    return person.post(path, data=rows, headers=headers, expecting=200).json


@given("Root has exported all users with their password hashes", target_fixture="file")
def export_users(people):
    return people["Root"].get("/api/users/export?hashes=true").data


@when(parsers.parse("Root imports {names} with their password hashes"), target_fixture="report")
def import_newcomers(preconditions, people, names):
    newcomers = {name: preconditions.make_newcomer(name) for name in read_names(names)}
    people.update(newcomers)
    return import_rows(people["Root"], make_file(*map(make_row, newcomers.values())))


@when("Root imports a user without an e-mail address, and Grace", target_fixture="report")
def import_incomplete_user(preconditions, people, dry_run="false"):
    people["Grace"] = preconditions.make_newcomer("Grace")
    rows = make_file({"username": preconditions.make_unique("alan")}, make_row(people["Grace"]))
    return import_rows(people["Root"], rows, query=f"?dry_run={dry_run}")


@when("Root tries to import a user without an e-mail address, and Grace", target_fixture="report")
def try_import(preconditions, people):
    return import_incomplete_user(preconditions, people, "true")


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


@when(
    "Root imports a user with the username of Ada and another e-mail address, and requests the "
    "update",
    target_fixture="report",
)
def update_by_username(preconditions, people):
    email = preconditions.make_unique("stranger@example.org")
    row = {"username": people["Ada"].username, "email": email}
    return import_rows(people["Root"], make_file(row), query="?on_conflict=update")


@when(parsers.re(r"(?P<name>\w+) exports the users (?P<hashes>with|without) password hashes"))
def send_export(people, responses, name, hashes):
    query = {"hashes": str(hashes == "with").lower()}
    path = "/api/users/export"
    responses[name] = people[name].get(path, query_string=query, expecting=None)


@given(parsers.parse("the operator has set the limit to {number:d} rows"))
def set_limit(build_strict, people, number):
    people["Root"].client = build_strict(import_max_rows=number).test_client()


@when(parsers.parse("Root imports a file of {number:d} rows"))
def import_many_rows(preconditions, people, responses, number):
    people["Grace"] = preconditions.make_newcomer("Grace")
    others = [{"email": f"user{each}@example.org"} for each in range(number - 1)]
    file = make_file(make_row(people["Grace"]), *others)
    path = "/api/users/import"
    responses["Root"] = people["Root"].post(path, data=file, headers=NDJSON, expecting=None)


@when(parsers.parse("Root imports a file of {mebibytes:d} MiB and 1 byte"))
def import_large_file(preconditions, people, responses, mebibytes):
    people["Grace"] = preconditions.make_newcomer("Grace")
    file = make_file(make_row(people["Grace"])).ljust(mebibytes * 1024**2 + 1, b"\n")
    path = "/api/users/import"
    responses["Root"] = people["Root"].post(path, data=file, headers=NDJSON, expecting=None)


@when(parsers.parse('Hedy imports Grace with the role "{role}"'), target_fixture="report")
def import_with_role(preconditions, people, role):
    people["Grace"] = preconditions.make_newcomer("Grace")
    return import_rows(people["Hedy"], make_file({**make_row(people["Grace"]), "roles": [role]}))


@then("Hedy sees that Grace is rejected because of her role")
def check_rejected_role(report):
    [row] = report["rows"]
    [error] = row["errors"]
    assert row["outcome"] == "rejected"
    assert (error["pointer"], error["rule"]) == ("/roles", "permission_denied")


@then(parsers.re("Root sees Ada in the export, (?P<hashes>with|without) a password hash"))
def check_export(people, responses, hashes):
    rows = map(orjson.loads, responses["Root"].data.splitlines())
    [ada] = [row for row in rows if row["username"] == people["Ada"].username]
    password_hash = ada.get("password_hash") or ""
    assert password_hash.startswith("$argon2id$") is (hashes == "with")
    assert bool(password_hash) is (hashes == "with")


@then(parsers.parse("Root sees that row {number:d} is rejected because {reason}"))
def check_rejected_row(report, number, reason):
    [row] = [row for row in report["rows"] if row["line"] == number]
    [error] = row["errors"]
    assert (row["outcome"], error["pointer"], error["rule"]) == ("rejected", *REASONS[reason])


@then(parsers.parse('Root sees that row {number:d} is in conflict because its "{member}" differs'))
def check_conflict(report, number, member):
    [row] = [row for row in report["rows"] if row["line"] == number]
    assert row["outcome"] == "conflict"
    assert [error["pointer"] for error in row["errors"]] == [f"/{member}"]


@then(parsers.parse("Root sees that {number:d} user is updated"))
def check_updated(report, number):
    assert report["updated"] == number


@then("Ada has her own e-mail address")
def check_email(people):
    assert people["Ada"].get("/api/me").json["email"] == people["Ada"].email


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
    assert report["updated"] == report["conflicts"] == 0


@when(parsers.parse("Root imports Grace from a file of {program}"), target_fixture="report")
def import_from_program(preconditions, people, program):
    people["Grace"] = preconditions.make_newcomer("Grace")
    headers, write = FILES[program]
    return import_rows(people["Root"], write(make_row(people["Grace"])), headers=headers)


@when("Root imports a workbook of a spreadsheet", target_fixture="answer")
def import_workbook(preconditions, people):
    people["Grace"] = grace = preconditions.make_newcomer("Grace")
    file = make_workbook(make_row(grace))
    return people["Root"].post("/api/users/import", data=file, headers=CSV, expecting=422)


@then(parsers.parse('Root sees that the file is "{kind}", and how to save it'))
def check_unrecognised(answer, kind):
    [error] = answer.json["errors"]
    assert kind in error["message"]
    assert "save the table as CSV in UTF-8" in error["message"]


def import_grace(preconditions, people, *, without=(), **changes):
    people["Grace"] = grace = preconditions.make_newcomer("Grace")
    row = {**make_row(grace), **changes}
    return import_rows(
        people["Root"],
        make_file({name: value for name, value in row.items() if name not in without}),
    )


@when(
    parsers.parse("Root imports Grace with a bcrypt hash of cost {cost:d}"),
    target_fixture="report",
)
def import_costly_hash(preconditions, people, cost):
    return import_grace(preconditions, people, password_hash=COSTLY_HASHES[cost])


@when("Root imports Grace without a username", target_fixture="report")
def import_without_username(preconditions, people):
    return import_grace(preconditions, people, without=["username"])


@when("Root imports Grace without a password", target_fixture="report")
def import_without_password(preconditions, people):
    return import_grace(preconditions, people, without=["password_hash"])


@when(
    parsers.parse('Root imports Grace with the id "{external_id}" of "{source}"'),
    target_fixture="report",
)
def import_with_id(preconditions, people, external_id, source):
    return import_grace(preconditions, people, external_id=external_id, external_source=source)


@given("Root has imported Grace with her password hash", target_fixture="file")
def have_imported(preconditions, people):
    people["Grace"] = preconditions.make_newcomer("Grace")
    file = make_file(make_row(people["Grace"]))
    import_rows(people["Root"], file)
    return file


@given("Grace has changed her password in the previous system", target_fixture="file")
def have_changed_password(people):
    people["Grace"].password = "a nanosecond is a foot of wire"
    return make_file(make_row(people["Grace"]))


@when("Root imports the export", target_fixture="report")
@when("Root imports the same file again", target_fixture="report")
def import_again(people, file):
    return import_rows(people["Root"], file)


@when("Root imports the same file again, and requests the update", target_fixture="report")
@when("Root imports the new file, and requests the update", target_fixture="report")
def import_new_file(people, file):
    return import_rows(people["Root"], file, query="?on_conflict=update")


@when("Root tries to import the new file, and requests the update")
def try_new_file(people, responses, file):
    path = "/api/users/import?on_conflict=update"
    responses["Root"] = people["Root"].post(path, data=file, headers=NDJSON, expecting=None)


@then(parsers.parse("Root sees that {number:d} user has no password"))
def check_without_password(report, number):
    assert report["without_password"] == number


@then("Root sees that Grace has an account")
def check_account(people):
    query = {"q": people["Grace"].email}
    [found] = people["Root"].get("/api/users", query_string=query).json["items"]
    assert found["email"] == people["Grace"].email


@given("Grace has chosen a new password in Rollbook")
def have_chosen_password(people):
    grace = use_tokens(people["Grace"], log_in(people["Grace"]))
    new = "an apology costs less than permission"
    body = {"current_password": grace.password, "new_password": new}
    grace.post("/api/me/password", body, expecting=200)
    people["Grace"] = replace(grace, password=new)


@given("Root has suspended Grace in Rollbook")
def have_suspended(people):
    query = {"q": people["Grace"].email}
    [found] = people["Root"].get("/api/users", query_string=query).json["items"]
    people["Root"].patch(f"/api/users/{found['id']}", {"status": "suspended"})


@then(parsers.parse('Root finds Grace by the id "{external_id}" of "{source}"'))
def check_external_id(people, external_id, source):
    query = {"external_id": external_id, "external_source": source}
    [found] = people["Root"].get("/api/users", query_string=query).json["items"]
    assert found["email"] == people["Grace"].email
