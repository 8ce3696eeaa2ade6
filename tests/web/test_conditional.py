"""Conditional requests (RFC 9110, 13)."""

import pytest

from api.core.etags import ANY, ExpectedVersion, PreconditionFailed
from api.web.conditional import (
    IF_MATCH,
    IF_NONE_MATCH,
    not_modified,
    read_preconditions,
    tag_headers,
)


def is_satisfied(version, **conditions):
    try:
        read_preconditions({f"HTTP_{name}": value for name, value in conditions.items()}).check(
            version
        )
    except PreconditionFailed:
        return False
    return True


def test_a_request_without_a_condition_accepts_any_version():
    assert read_preconditions({}) is ANY


@pytest.mark.parametrize(
    "text", ['"3"', "*", '"2", "3"', '"x","3"', ',, "3" ,', ' \t"3"', '"a,b","3"']
)
def test_C_03_if_match_accepts_the_named_version(text):
    assert is_satisfied(3, IF_MATCH=text)


@pytest.mark.parametrize(
    "text",
    [
        '"2"', '"4"', '"33"', 'W/"3"', "3", '"3', '3"', '"03"', '"+3"', '"3 "', '"x3"', "", ",",
        "**", '"*"', '* , "3"', 'x, "3"', '"3"x', '"2" "3"', '"\xb3"', '"-3"', 'w/"3"',
        '"' + "9" * 8000 + '"',
    ],
)  # fmt: skip
def test_C_03_if_match_rejects_other_versions_and_malformed_tags(text):
    assert not is_satisfied(3, IF_MATCH=text)


@pytest.mark.parametrize(
    ("text", "satisfied"), [("*", False), ('"3"', False), ('W/"3"', False), ('"2"', True)]
)
def test_C_03_if_none_match_rejects_the_named_version(text, satisfied):
    assert is_satisfied(3, IF_NONE_MATCH=text) is satisfied


def test_C_03_both_conditions_must_be_satisfied():
    assert is_satisfied(3, IF_MATCH='"3"', IF_NONE_MATCH='"2"')
    assert not is_satisfied(3, IF_MATCH="*", IF_NONE_MATCH="*")
    assert read_preconditions({IF_MATCH: '"3"', IF_NONE_MATCH: '"2"'}) == ExpectedVersion(
        frozenset({3}), frozenset({2})
    )


@pytest.mark.parametrize("text", ['"3"', 'W/"3"', "*", '"1", W/"3"'])
def test_C_03_a_client_with_the_current_version_gets_304(text):
    answer = not_modified({IF_NONE_MATCH: text}, 3)

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"3"')


@pytest.mark.parametrize("text", ['"2"', "3", "", '"3'])
def test_C_03_a_client_with_another_version_gets_the_resource(text):
    assert not_modified({IF_NONE_MATCH: text}, 3) is None


def test_C_03_if_match_applies_to_reads():
    assert not_modified({IF_MATCH: '"3"'}, 3) is None
    with pytest.raises(PreconditionFailed):
        not_modified({IF_MATCH: '"2"', IF_NONE_MATCH: '"3"'}, 3)


def find_reason(version, if_match):
    with pytest.raises(PreconditionFailed) as rejected:
        read_preconditions({IF_MATCH: if_match}).check(version)
    return rejected.value.members["reason"], rejected.value.detail


@pytest.mark.parametrize(
    "text", ['W/"2"', '"2-gzip"', 'W/"2-gzip"', '"2--gzip"', '"2;gzip"', '"2-br"', '"1", W/"2"']
)
def test_B_22_an_altered_tag_of_the_current_version_is_told_apart(text):
    reason, detail = find_reason(2, text)

    assert reason == "altered_etag"
    assert detail.startswith("The resource has not been changed")
    assert "compresses" in detail


@pytest.mark.parametrize("text", ['W/"1"', '"1-gzip"', 'W/"3", "1-gzip"', '"1", W/"1"'])
def test_B_22_an_altered_tag_of_another_version_says_both(text):
    reason, detail = find_reason(2, text)

    assert reason == "changed_and_altered_etag"
    assert "has been changed" in detail
    assert "weak" in detail


@pytest.mark.parametrize("text", ['"1"', '"2-zip"', '"gzip"', 'W/"x"', '"-gzip"', "2", ""])
def test_B_22_other_tags_only_say_that_the_resource_has_changed(text):
    assert find_reason(2, text) == (
        "changed",
        "The resource has been changed since you read it.",
    )


def test_B_22_a_strong_tag_beside_an_altered_one_matches():
    assert is_satisfied(2, IF_MATCH='W/"2", "2"')


def test_B_22_a_response_with_an_etag_must_not_be_compressed():
    headers = tag_headers({"Cache-Control": "public, max-age=300"}, 2)

    assert headers == {"ETag": '"2"', "Cache-Control": "public, max-age=300, no-transform"}
    assert tag_headers({}, 2)["Cache-Control"] == "no-store, no-transform"
    unchanged = not_modified({IF_NONE_MATCH: 'W/"2"'}, 2)
    assert unchanged.headers["Cache-Control"] == "no-store, no-transform"
