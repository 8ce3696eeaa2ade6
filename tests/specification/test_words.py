"""What the page says in words: errors, requirements, permissions, and the order of capabilities."""

import pytest

from api.core.permissions import Permission
from features.capabilities import ORDER
from features.lint.catalogue import read_features
from features.report.coverage import list_operations
from features.report.failure import explain
from features.report.page import SECURITY
from features.report.permissions import list_permissions
from features.report.requirements import FIRST_HEADING, ID, find_sentences, split_blocks

TRACE = """def close():
>       raise OSError("the port is in use")
E       OSError: the port is in use
steps.py:7: OSError"""


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("AssertionError: the list is empty\nassert []", "the list is empty"),
        (f"CleanUpError: {TRACE}", "the port is in use"),
        ("AssertionError: assert 5 == 7\n  +5\n  -7", "Expected 5 == 7, which is not so."),
        (
            "AssertionError: assert set() == {'role_taken'}",
            "The service returned no error, instead of the error “the role already exists”.",
        ),
    ],
)
def test_an_error_is_explained_in_words(message, words):
    assert explain(message) == words


def test_an_unavailable_service_is_distinguished_from_a_wrong_one():
    words = explain("AssertionError: assert {'database_unavailable'} == {'too_many_rows'}\n  Extra")
    assert "instead of the error “the file has too many rows”" in words
    assert "Run them again." in words


def test_each_capability_has_its_place_in_the_order():
    assert {feature.path.parent.name for feature in read_features()} == set(ORDER)


def test_the_security_page_describes_each_requirement_of_the_features():
    blocks = split_blocks(SECURITY.read_text().partition(FIRST_HEADING)[2])
    tags = {tag for feature in read_features() for tag in feature.tags}
    tags |= {tag for feature in read_features() for each in feature.scenarios for tag in each.tags}
    names = sorted(filter(ID.fullmatch, tags))
    assert len(names) > 5
    assert [name for name in names if not find_sentences(blocks, name)] == []


@pytest.mark.parametrize(
    ("document", "sentences"),
    [
        (
            "- First.\n- Tokens are\n  **never** listed (S-08). More.",
            ["Tokens are never listed (S-08)."],
        ),
        ("All are checked (S-07 to S-09).", ["All are checked (S-07 to S-09)."]),
        (
            "| S-08 | a `list` | none | See [why](#why). |",
            ["Deviation (S-08): required is “a list”, implemented “none”. See why."],
        ),
        ("Nothing is said about S-80.", []),
    ],
)
def test_the_sentences_about_a_requirement_are_found(document, sentences):
    assert find_sentences(split_blocks(document), "S-08") == sentences


def test_each_permission_has_a_description_and_operations():
    rows = list_permissions()
    assert [row.name for row in rows[2:]] == list(Permission)
    assert all(row.description and row.operations for row in rows)


def test_each_operation_is_in_the_table_of_permissions():
    shown = {operation.place for row in list_permissions() for operation in row.operations}
    assert shown == {operation.place for operation in list_operations()}


def test_what_a_user_may_do_with_the_own_account_is_noted():
    notes = {each.place: each.note for row in list_permissions() for each in row.operations}
    assert notes["GET /api/users/{user_id}"] == "or the own account"
    assert notes["DELETE /api/users/{user_id}"] == ""
