"""Random values: their form, and that they differ."""

import re
from time import time_ns
from uuid import RFC_4122

import pytest

from api.core import secrets


def test_an_id_is_a_UUID_of_version_7():
    ids = {secrets.new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert {(each.version, each.variant) for each in ids} == {(7, RFC_4122)}


def test_an_id_begins_with_its_time_of_creation():
    before = time_ns() // 1_000_000
    made = secrets.new_id().int >> 80

    assert before <= made <= time_ns() // 1_000_000


def test_ids_are_ordered_by_millisecond(monkeypatch):
    times = [1_700_000_000_000_000_000 + number * 1_000_000 for number in range(200)]
    clock = iter(times)
    monkeypatch.setattr(secrets, "time_ns", lambda: next(clock))

    ids = [secrets.new_id() for _ in times]

    assert sorted(ids) == ids
    assert sorted(map(str, ids)) == list(map(str, ids))


@pytest.mark.parametrize(
    ("generate", "form"),
    [
        (secrets.request_id, r"[0-9a-f]{16}"),
        (secrets.token, r"[A-Za-z0-9_-]{43}"),
        (secrets.temporary_password, r"[A-Za-z0-9]{24}"),
    ],
)
def test_values_have_their_form_and_differ(generate, form):
    values = {generate() for _ in range(100)}

    assert len(values) == 100
    assert all(re.fullmatch(form, each) for each in values)
