"""`rollbook openapi diff`, `changelog` and `release`."""

import json
import re
import shutil

import pytest

from tests.service import ROOT

CONTRACT = ROOT / "openapi/openapi.json"
PATHS = ("/api/invitations/accept", "/api/me")  # to compare all takes a hundred times as long


@pytest.fixture
def contract():
    """The contract with few of its operations."""
    contract = json.loads(CONTRACT.read_text())
    del contract["webhooks"]
    return {**contract, "paths": {path: contract["paths"][path] for path in PATHS}}


@pytest.fixture
def released(tmp_path, contract):
    return tmp_path / "openapi/released" / f"{contract['info']['version']}.json"


@pytest.fixture
def project(tmp_path, contract, released):
    """A project whose contract is the last release too."""
    released.parent.mkdir(parents=True)
    released.write_text(json.dumps(contract))
    write(tmp_path, contract)
    return tmp_path


@pytest.fixture
def openapi(rollbook, project):
    return lambda *arguments: rollbook("openapi", "--root", str(project), *arguments)


def write(project, contract):
    (project / "openapi/openapi.json").write_text(json.dumps(contract))


def raise_version(contract):
    major, minor, _ = contract["info"]["version"].split(".")
    number = f"0.{int(minor) + 1}.0" if major == "0" else f"{int(major) + 1}.0.0"
    contract["info"]["version"] = number


def remove_member(contract):
    del contract["components"]["schemas"]["User"]["properties"]["email"]


def test_a_contract_without_changes_passes(openapi):
    done = openapi("diff")

    assert (done.exit_code, done.output) == (0, "")


def test_a_planted_breaking_change_fails(openapi, project, contract):
    remove_member(contract)
    write(project, contract)
    done = openapi("diff")

    assert done.exit_code == 1
    assert re.match(
        r"breaking  \w+ /api/\S+  response 20\d /email  removed  \(schema User,", done.stdout
    )
    assert "1 breaking change, which" in done.stderr
    assert "raise the major version" in done.stderr
    assert openapi("diff", "--quiet").stdout == done.stdout


def test_a_breaking_change_passes_with_a_version_that_may_break(openapi, project, contract):
    remove_member(contract)
    raise_version(contract)
    write(project, contract)
    done = openapi("diff")

    assert done.exit_code == 0
    assert done.stdout.startswith("breaking  ")
    assert "1 breaking change, allowed by " in done.stderr
    assert openapi("diff", "--quiet").output == ""


def test_a_compatible_change_passes(openapi, project, contract):
    contract["components"]["schemas"]["User"]["additionalProperties"] = True
    contract["paths"]["/api/me"]["get"]["responses"]["418"] = {"description": "new"}
    write(project, contract)
    done = openapi("diff")

    assert done.exit_code == 0
    assert "compatible  GET /api/me  response 418  new\n" in done.stdout


def test_two_files_can_be_compared_as_json(openapi, project, contract, released):
    new = project / "new.json"
    remove_member(contract)
    new.write_text(json.dumps(contract))
    done = openapi("diff", str(released), str(new), "--json")
    described = json.loads(done.stdout)

    assert done.exit_code == 1
    assert described["breaking_allowed"] is False
    assert described["changes"][0] == {
        "severity": "breaking",
        "rule": "member-removed",
        "operation": "POST /api/invitations/accept",  # the first one with this schema
        "part": "response 201",
        "pointer": "/email",
        "schema": "User",
        "schema_pointer": "/email",
        "message": "removed",
    }


@pytest.mark.parametrize("text", ["{}", "nothing", '{"swagger": "2.0"}'])
def test_a_file_that_is_no_contract_is_reported_in_one_line(openapi, project, text):
    file = project / "other.json"
    file.write_text(text)
    done = openapi("diff", str(file))

    assert done.exit_code == 2
    assert done.stderr.startswith(f"rollbook: {file} is not ")
    assert done.stderr.count("\n") == 1


def test_without_a_release_the_old_document_has_to_be_named(openapi, project):
    shutil.rmtree(project / "openapi/released")
    done = openapi("diff")

    assert done.exit_code == 2
    assert "has no released version" in done.stderr


def test_the_contract_of_a_version_is_released_once(openapi, project, contract):
    assert openapi("release").exit_code == 2
    raise_version(contract)
    write(project, contract)

    assert openapi("release").exit_code == 0
    version = contract["info"]["version"]
    assert json.loads((project / f"openapi/released/{version}.json").read_text()) == contract
    assert f"\n## {version}\n" in openapi("changelog").stdout


def test_the_changelog_is_written_and_compared(openapi, project):
    assert openapi().exit_code == 0
    page = project / "docs/api-changelog.md"
    assert page.read_text() == openapi("changelog").stdout

    page.write_text("nothing\n")
    done = openapi("--check")
    assert done.exit_code == 1
    assert "api-changelog.md is out of date" in done.stderr


def test_the_committed_contract_breaks_no_client_of_the_last_release(rollbook):
    assert rollbook("openapi", "--root", str(ROOT), "diff").exit_code == 0
