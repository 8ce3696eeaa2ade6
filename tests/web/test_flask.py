"""Flask without what this service does not use."""

import pytest

from api.web.flask import Flask


@pytest.fixture
def app():
    return Flask("plain")


def test_there_are_no_static_files(app):
    assert list(app.url_map.iter_rules()) == []


def test_no_response_sets_a_cookie(app):
    app.add_url_rule("/", "hello", lambda: "hello")

    answer = app.test_client().get("/", headers={"Cookie": "session=x"})

    assert answer.text == "hello"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
