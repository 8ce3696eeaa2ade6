"""Which version a client has, or means to change (RFC 9110, 13)."""

import pytest

from api.core.etags import ANY, ExpectedVersion, PreconditionFailed
from api.web.conditional import IF_MATCH, IF_NONE_MATCH, not_modified, read_preconditions


def holds(version, **conditions):
    try:
        read_preconditions({f"HTTP_{name}": value for name, value in conditions.items()}).check(
            version
        )
    except PreconditionFailed:
        return False
    return True


def test_without_a_condition_any_version_may_be_changed():
    assert read_preconditions({}) is ANY


@pytest.mark.parametrize(
    "text", ['"3"', "*", '"2", "3"', '"x","3"', ',, "3" ,', ' \t"3"', '"a,b","3"']
)
def test_C_03_what_names_the_version_lets_it_be_changed(text):
    assert holds(3, IF_MATCH=text)


@pytest.mark.parametrize(
    "text",
    [
        '"2"', '"4"', '"33"', 'W/"3"', "3", '"3', '3"', '"03"', '"+3"', '"3 "', '"x3"', "", ",",
        "**", '"*"', '* , "3"', 'x, "3"', '"3"x', '"2" "3"', '"\xb3"', '"-3"', 'w/"3"',
        '"' + "9" * 8000 + '"',
    ],
)  # fmt: skip
def test_C_03_what_does_not_is_stale(text):
    assert not holds(3, IF_MATCH=text)


@pytest.mark.parametrize(
    ("text", "may"), [("*", False), ('"3"', False), ('W/"3"', False), ('"2"', True)]
)
def test_C_03_a_change_can_be_meant_for_all_but_a_version(text, may):
    assert holds(3, IF_NONE_MATCH=text) is may


def test_both_conditions_have_to_hold():
    assert holds(3, IF_MATCH='"3"', IF_NONE_MATCH='"2"')
    assert not holds(3, IF_MATCH="*", IF_NONE_MATCH="*")
    assert read_preconditions({IF_MATCH: '"3"', IF_NONE_MATCH: '"2"'}) == ExpectedVersion(
        frozenset({3}), frozenset({2})
    )


@pytest.mark.parametrize("text", ['"3"', 'W/"3"', "*", '"1", W/"3"'])
def test_C_03_who_has_the_version_is_told_so_and_nothing_else(text):
    answer = not_modified({IF_NONE_MATCH: text}, 3)

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"3"')


@pytest.mark.parametrize("text", ['"2"', "3", "", '"3'])
def test_C_03_who_has_another_is_told_all(text):
    assert not_modified({IF_NONE_MATCH: text}, 3) is None


def test_reading_can_be_bound_to_a_version_too():
    assert not_modified({IF_MATCH: '"3"'}, 3) is None
    with pytest.raises(PreconditionFailed):
        not_modified({IF_MATCH: '"2"', IF_NONE_MATCH: '"3"'}, 3)
