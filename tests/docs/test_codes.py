"""What is told about a code: complete, in plain words, and as the service really answers."""

import json
from pathlib import Path

import pytest

from api.docs import codes

LIST = Path(__file__).parents[2] / "docs" / "errors.md"
BASE = "https://roll.example"


@pytest.fixture
def kinds(app):
    return list(app.extensions["rollbook.docs"].errors.values())


def test_an_example_of_each_code_is_a_whole_answer(kinds):
    for kind in kinds:
        head, _, body = codes.render_example(kind, BASE).partition("\n\n")
        assert head.startswith(f"HTTP/1.1 {kind.status} ")
        assert "Content-Type: application/problem+json" in head
        assert json.loads(body)["error"] == kind.code
        assert json.loads(body)["type"] == f"{BASE}/docs/errors/{kind.code}"


@pytest.mark.parametrize(
    ("status", "header"), [(401, "WWW-Authenticate"), (405, "Allow"), (429, "Retry-After")]
)
def test_an_example_shows_the_headers_that_come_with_it(kinds, status, header):
    for kind in kinds:
        if kind.status == status:
            assert f"\n{header}: " in codes.render_example(kind, BASE)


def test_every_code_says_what_to_do_in_sentences(kinds):
    for kind in kinds:
        assert kind.title.strip(), kind.code
        assert kind.detail.endswith("."), kind.code
        assert kind.remedy.endswith("."), kind.code


def test_only_code_is_marked_up():
    assert codes.mark_code("a `b` <i>") == "a <code>b</code> &lt;i&gt;"


def test_the_committed_list_of_codes_is_up_to_date(kinds):
    ours = [kind for kind in kinds if kind.__module__.startswith("api.")]
    assert LIST.read_text("utf-8") == codes.render_markdown(ours), "run `make openapi`"
