"""Versions that may break clients, and the documents of released versions."""

import json

import pytest

from api.contract_changes.changelog import render_changelog
from api.contract_changes.documents import InvalidDocument
from api.contract_changes.releases import add_release, list_releases, read_releases
from api.contract_changes.versions import may_break
from tests.contract_changes.contracts import (
    make_contract,
    with_codes,
    with_parameter,
    with_request,
    with_response,
)

BOTH = with_codes("a", "b")


@pytest.mark.parametrize(
    ("old", "new"),
    [("1.2.3", "2.0.0"), ("0.1.0", "0.2.0"), ("0.9.0", "1.0.0"), ("1.9.0", "2.0.0-rc1")],
)
def test_a_major_version_may_break_clients_and_before_1_a_minor_one(old, new):
    assert may_break(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.2.3", "1.3.0"),
        ("1.2.3", "1.2.3"),
        ("0.1.0", "0.1.1"),
        ("0.2.0", "0.1.0"),
        ("2.0.0", "1.0.0"),
    ],
)
def test_other_versions_may_not(old, new):
    assert not may_break(old, new)


@pytest.mark.parametrize("version", ["1", "1.2", "one", "", "1.2.x"])
def test_a_version_that_is_not_semantic_is_reported(version):
    with pytest.raises(InvalidDocument, match="semantic version"):
        may_break("1.0.0", version)


def write_release(directory, version):
    document = make_contract(version=version)
    return add_release(directory, document, json.dumps(document.content).encode())


def test_releases_are_in_the_order_of_their_versions(tmp_path):
    for version in ("0.9.0", "0.10.0", "1.0.0"):
        write_release(tmp_path / "released", version)

    assert [file.stem for file in list_releases(tmp_path / "released")] == [
        "0.9.0",
        "0.10.0",
        "1.0.0",
    ]
    assert [document.version for document in read_releases(tmp_path / "released")][-1] == "1.0.0"


@pytest.mark.parametrize("version", ["1.0.0", "0.9.0"])
def test_a_released_version_is_never_written_again(tmp_path, version):
    kept = write_release(tmp_path, "1.0.0").read_bytes()

    with pytest.raises(InvalidDocument, match=r"not later than the released version 1\.0\.0"):
        write_release(tmp_path, version)
    assert (tmp_path / "1.0.0.json").read_bytes() == kept
    assert len(list_releases(tmp_path)) == 1


def test_the_changelog_lists_each_version_with_the_newest_first():
    released = [make_contract(version="1.0.0"), make_contract(BOTH, version="1.1.0")]
    current = make_contract(with_codes("a"), version="2.0.0")
    page = render_changelog(released, current)
    headings = [line for line in page.splitlines() if line.startswith("#")]

    assert headings == [
        "# Changes of the contract",
        "## 2.0.0 (unreleased)",
        "### Breaking in 2.0.0",
        "## 1.1.0",
        "### Compatible in 1.1.0",
        "## 1.0.0",
    ]
    assert "- `GET /things`, response 409: the code `b` is removed\n" in page


def test_the_changelog_of_a_version_that_is_released_has_no_unreleased_changes():
    released = [make_contract(version="1.0.0")]

    assert "Unreleased" not in render_changelog(released, make_contract(version="1.0.0"))
    assert "## Unreleased\n" in render_changelog(released, make_contract(BOTH, version="1.0.0"))


def test_the_changelog_names_removed_operations_without_asking_for_the_date():
    old = make_contract({"deprecated": True, "x-sunset": "2026-01-01"}, version="1.0.0")
    page = render_changelog([old], make_contract(version="2.0.0", paths={}))

    assert "### Removed operations in 2.0.0" in page
    assert "- `GET /things`: removed; its sunset is 2026-01-01\n" in page


def test_the_changelog_names_the_member_of_a_schema_once():
    def make(member, version):
        thing = {"type": "object", "properties": {"a": member}}
        one = with_response({"$ref": "#/components/schemas/Thing"})
        paths = {f"/{name}": {"get": {"operationId": name, **one}} for name in "abcde"}
        return make_contract(paths=paths, schemas={"Thing": thing}, version=version)

    page = render_changelog([make({"type": "string"}, "1.0.0")], make({}, "2.0.0"))

    assert "- `Thing/a` in the response of `GET /a`, `GET /b`, `GET /c` and 2 more: " in page


def test_the_changelog_lists_members_with_the_same_change_together():
    def make(member, version):
        members = dict.fromkeys("abcd", member)
        one = with_response({"$ref": "#/components/schemas/Thing"})
        thing = {"type": "object", "properties": members}
        return make_contract(one, schemas={"Thing": thing}, version=version)

    page = render_changelog([make({"enum": ["x"]}, "1.0.0")], make({"type": "string"}, "2.0.0"))

    assert (
        "- 4 members of responses: the list of values is open "
        "(`Thing/a`, `Thing/b`, `Thing/c`, `Thing/d`)\n"
    ) in page


def test_the_changelog_names_every_direction_of_a_schema():
    def make(schema, version):
        thing = {"$ref": "#/components/schemas/Thing"}
        return make_contract(
            with_parameter(thing) | with_request(thing) | with_response(thing),
            schemas={"Thing": schema},
            version=version,
        )

    page = render_changelog(
        [make({"type": "string", "enum": ["x"]}, "1.0.0")],
        make({"type": "string", "enum": ["x", "y"]}, "2.0.0"),
    )

    assert "- `Thing` in the response of `GET /things`: new values `y`\n" in page
    assert (
        "- `Thing` in the query parameter limit and the request of `GET /things`: new values `y`\n"
        in page
    )


def test_the_changelog_tells_members_of_parameters_from_those_of_responses():
    def make(schema, version):
        things = dict.fromkeys("ABCD", schema)
        parameters = [
            {"name": name, "in": "query", "schema": {"$ref": f"#/components/schemas/{name}"}}
            for name in things
        ]
        return make_contract({"parameters": parameters}, schemas=things, version=version)

    page = render_changelog([make({"type": "string"}, "1.0.0")], make({}, "2.0.0"))

    assert "- 4 members of parameters: type string → any (`A`, `B`, `C`, `D`)\n" in page


def test_a_version_without_changes_says_so():
    released = [make_contract(version=version) for version in ("1.0.0", "1.0.1")]

    assert "Nothing that a client notices." in render_changelog(released, released[-1])
