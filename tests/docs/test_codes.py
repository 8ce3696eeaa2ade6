"""The description of each error code is complete and agrees with the responses."""

import json
from pathlib import Path

import pytest

from api.docs import codes

LIST = Path(__file__).parents[2] / "docs" / "errors.md"
BASE = "https://roll.example"


@pytest.fixture
def error_classes(app):
    return list(app.extensions["rollbook.docs"].errors.values())


def test_each_code_has_a_complete_example(error_classes):
    for kind in error_classes:
        head, _, body = codes.render_example(kind, BASE).partition("\n\n")
        assert head.startswith(f"HTTP/1.1 {kind.status} ")
        assert "Content-Type: application/problem+json" in head
        assert json.loads(body)["error"] == kind.code
        assert json.loads(body)["type"] == f"{BASE}/docs/errors/{kind.code}"


@pytest.mark.parametrize(
    ("status", "header"), [(401, "WWW-Authenticate"), (405, "Allow"), (429, "Retry-After")]
)
def test_an_example_shows_its_headers(error_classes, status, header):
    for kind in error_classes:
        if kind.status == status:
            assert f"\n{header}: " in codes.render_example(kind, BASE)


def test_every_code_has_a_remedy_in_sentences(error_classes):
    for kind in error_classes:
        assert kind.title.strip(), kind.code
        assert kind.detail.endswith("."), kind.code
        assert kind.remedy.endswith("."), kind.code


def test_text_in_backticks_becomes_code():
    assert codes.mark_code("a `b` <i>") == "a <code>b</code> &lt;i&gt;"


def test_the_committed_list_of_codes_is_up_to_date(error_classes):
    ours = [kind for kind in error_classes if kind.__module__.startswith("api.")]
    assert LIST.read_text("utf-8") == codes.render_markdown(ours), "run `make openapi`"
