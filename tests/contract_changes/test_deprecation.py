"""Operations that are announced to be removed."""

from datetime import date, timedelta

import pytest

from tests.contract_changes.contracts import (
    TODAY,
    describe_changes,
    find_changes,
    make_contract,
)


@pytest.mark.parametrize(
    ("days", "severity"), [(-1, "compatible"), (0, "compatible"), (1, "breaking")]
)
def test_a_deprecated_operation_may_be_removed_from_its_sunset_on(days, severity):
    sunset = (TODAY + timedelta(days=days)).isoformat()
    old = make_contract({"deprecated": True, "x-sunset": sunset})

    assert find_changes(old, make_contract(paths={})) == [(severity, "operation-removed")]


def test_a_deprecated_operation_without_a_sunset_may_not_be_removed():
    old = make_contract({"deprecated": True})

    assert find_changes(old, make_contract(paths={})) == [("breaking", "operation-removed")]


def test_a_deprecation_is_announced():
    new = {"deprecated": True, "x-sunset": "2027-06-01"}

    assert describe_changes({}, new) == [
        "info  GET /things  deprecated, to be removed from 2027-06-01 on"
    ]
    assert find_changes(new, {}) == [("info", "deprecated")]


def test_a_sunset_may_be_later_but_not_earlier():
    june, july = ({"deprecated": True, "x-sunset": f"2027-0{month}-01"} for month in (6, 7))

    assert find_changes(june, july) == [("info", "sunset")]
    assert find_changes(july, june) == [("breaking", "sunset")]
    assert date.fromisoformat(june["x-sunset"]) > TODAY


@pytest.mark.parametrize("old", [{}, {"deprecated": True}])
@pytest.mark.parametrize(("days", "severity"), [(-1, "breaking"), (0, "breaking"), (1, "info")])
def test_a_sunset_is_announced_before_it_has_come(old, days, severity):
    sunset = (TODAY + timedelta(days=days)).isoformat()
    found = find_changes(old, {"deprecated": True, "x-sunset": sunset})

    assert found == [(severity, "sunset" if old else "deprecated")]


def test_a_sunset_that_has_come_may_be_moved_to_a_later_day():
    old, new = ({"deprecated": True, "x-sunset": f"2026-0{month}-01"} for month in (6, 7))

    assert find_changes(old, new) == [("info", "sunset")]
