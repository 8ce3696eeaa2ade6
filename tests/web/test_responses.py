"""The responses, transactions and errors of the dispatcher."""

from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError

from api.core import database
from api.core.errors import PermissionDenied
from api.web.body_limits import find_max_bytes_by_path
from api.web.flask import Flask
from api.web.restx import Api, Namespace, Resource
from tests.web.operations import key, serve


class TestResponse:
    def test_the_result_is_rendered_with_its_headers(self, dispatcher):
        response = dispatcher.post("/echo", headers=key("writer"), json={"loud": True})

        assert (response.status_code, response.json) == (201, {"text": "said"})
        assert response.headers["Location"] == "https://rollbook.example/echo/7"
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Content-Length"] == str(len(response.data))

    def test_it_may_be_empty(self, dispatcher):
        response = dispatcher.delete("/echo", headers=key("plain"))

        assert (response.status_code, response.data) == (204, b"")
        assert "Content-Type" not in response.headers

    def test_HEAD_answers_the_headers_of_GET(self, dispatcher):
        got, head = dispatcher.get("/rooms/7"), dispatcher.head("/rooms/7")

        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == got.headers["Content-Length"]

    def test_H_17_it_cannot_be_masked(self, dispatcher):
        response = dispatcher.get("/rooms/7", headers={"X-Fields": "{id}"})

        assert response.json == {"text": "said"}


class TestTransaction:
    @pytest.fixture
    def commits(self, monkeypatch):
        """One element for each commit."""
        commits = []
        monkeypatch.setattr(database.db.session, "commit", lambda: commits.append(1))
        return commits

    def test_a_write_is_committed(self, dispatcher, commits):
        dispatcher.delete("/echo", headers=key("plain"))

        assert len(commits) == 1

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_read_has_none(self, dispatcher, commits, method):
        dispatcher.open("/rooms/7", method=method)

        assert commits == []

    def test_an_error_rolls_it_back(self, dispatcher, views, commits):
        def reject():
            raise PermissionDenied

        views.work = reject

        assert dispatcher.delete("/echo", headers=key("plain")).status_code == 403
        assert commits == []

    def test_it_is_repeated_after_a_serialization_failure(self, dispatcher, views):
        conflicts = [OperationalError("", {}, SimpleNamespace(sqlstate="40001"))]

        def fail_once():
            if conflicts:
                raise conflicts.pop()

        views.work = fail_once

        assert dispatcher.delete("/echo", headers=key("plain")).status_code == 204
        assert len(views.given) == 2


class TestErrors:
    def test_errors_of_the_router_are_problems(self, dispatcher):
        response = dispatcher.get("/rooms/seven")

        assert response.json["error"] == "not_found"
        assert response.content_type == "application/problem+json"

    def test_a_namespace_may_render_its_errors_in_another_protocol(self, registry):
        def render_oauth(error, request_id):
            return Flask.response_class(f"error={error.code}", error.status)

        ns = Namespace("oauth", path="/oauth", render_error=render_oauth)

        @ns.route("/token")
        class Token(Resource):
            @ns.operation("issue", authenticated=True, status=204)
            def post(self):
                """Issue a token."""

        client = serve(ns)

        assert client.post("/oauth/token").text == "error=unauthenticated"
        assert client.get("/elsewhere").json["error"] == "not_found"


@pytest.mark.parametrize(("path", "caps"), [("/drop", {"/drop": 10}), ("/drop/<int:place>", None)])
def test_only_a_path_without_parameters_has_a_body_limit_of_its_own(registry, path, caps):
    ns = Namespace("drops", path="/")

    @ns.route(path)
    class Drop(Resource):
        @ns.operation("drop", public=True, max_body_bytes=10)
        def post(self, **_given):
            """Send a few bytes."""

    app, rest = Flask("capped"), Api()
    rest.add_namespace(ns)
    rest.init_app(app)
    if caps:
        assert find_max_bytes_by_path(app) == caps
    else:
        with pytest.raises(ValueError, match="drop"):
            find_max_bytes_by_path(app)


def test_nothing_is_served_but_the_operations(dispatcher):
    rules = {rule.rule for rule in dispatcher.application.url_map.iter_rules()}

    assert rules - {"/"} == {"/echo", "/rooms/<int:number>", "/users/<uuid:user_id>"}
    assert dispatcher.get("/").status_code == 404


@pytest.mark.parametrize("path", ["/rooms/7", "/rooms/seven", "/nowhere"])
def test_case_N_08_every_json_response_ends_with_a_newline(dispatcher, path):
    response = dispatcher.get(path, headers=key("plain"))

    assert response.data.startswith(b"{")
    assert response.data.endswith(b"}\n")
    assert response.content_length == len(response.data)
