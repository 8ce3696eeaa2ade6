"""An operation, declared once: in which order it asks, what it hands over, how it answers."""

from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from api.core import database
from api.core.database import db
from api.core.errors import PermissionDenied
from api.core.principal import Principal
from api.keys.ring import SharedSecret
from api.web import limits, problems, tokens
from api.web.body_limits import body_caps
from api.web.fields import Boolean, Integer, String
from api.web.flask import Flask
from api.web.headers import location
from api.web.request_guard import RequestGuard, Rules
from api.web.restx import Api, Namespace, Resource
from api.web.schemas import Model
from tests.support import make_principal

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
FAR_OFF = datetime(2100, 1, 1, tzinfo=UTC)
RULES = tokens.TokenRules("i", "a", 900)
SECRET = SharedSecret("a secret that is long enough for HS256")
NONSENSE = {"data": "{", "content_type": "text/plain"}
POLICIES = {"user": "3 per hour", "address": "5 per hour", "own": "1 per hour"}


class Views:
    """What the operations of a test do, and what they were given."""

    def __init__(self):
        self.given = []
        self.work = lambda: None

    def __call__(self, **given):
        self.given.append(given)
        self.work()
        return SimpleNamespace(id=7, text="told")


@pytest.fixture
def views():
    return Views()


@pytest.fixture
def ns(registry, views):
    """Operations that read and write, for those who are known and for everyone."""
    ns = Namespace("echo", path="/")
    told = Model("Told", {"text": String(max_length=9, required=True)})
    asked = Model("Asked", {"limit": Integer(minimum=1, default=20)})
    sent = Model("Sent", {"loud": Boolean(required=True)})

    @ns.route("/echo")
    class Echo(Resource):
        @ns.operation("listen", query=asked, response=told)
        def get(self, **given):
            return views(**given)

        @ns.operation(
            "shout", query=asked, body=sent, response=told, status=201, headers=location("/echo")
        )
        def post(self, **given):
            return views(**given)

        @ns.operation("fall_silent", status=204)
        def delete(self, **given):
            views(**given)

    @ns.route("/rooms/<int:number>")
    class Room(Resource):
        @ns.operation("hear", public=True, response=told)
        def get(self, number, **given):
            return views(number=number, **given)

        @ns.operation("knock", public=True, limit="own", status=204)
        def post(self, number, **given):
            views(number=number, **given)

    return ns


@pytest.fixture
def client(ns):
    app = Flask("echo")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    problems.init_app(app, "https://rollbook.example", lambda **_: None)
    tokens.init_app(app, RULES, SECRET, Principal)
    limits.init_app(app, POLICIES, storage=None, processes=1, enabled=True)
    rest = Api()
    rest.add_namespace(ns)
    rest.init_app(app)
    rules = Rules(allowed_hosts=frozenset({"localhost"}))
    app.wsgi_app = RequestGuard(
        app.wsgi_app, rules, problem=partial(problems.render, base_url="https://rollbook.example")
    )
    return app.test_client()


@pytest.fixture
def known(client):
    """The headers of someone who is recognised."""
    with client.application.app_context():
        return {
            "Authorization": f"Bearer {tokens.tokens().issue(ADA, ADA, [], FAR_OFF).access_token}"
        }


def errors(answer):
    return [(each["pointer"], each["rule"]) for each in answer.json["errors"]]


class TestTheOrder:
    """Who asks, how often, with what query, with what body."""

    def test_begins_with_who_is_asking(self, client):
        answer = client.post("/echo?limit=0&nope=1", **NONSENSE)

        assert answer.json["error"] == "unauthenticated"

    def test_goes_on_with_how_often(self, client, known):
        for _ in range(3):
            client.get("/echo", headers=known)

        answer = client.post("/echo?limit=0&nope=1", headers=known, **NONSENSE)

        assert answer.json["error"] == "too_many_requests"

    def test_then_reads_the_query(self, client, known):
        answer = client.post("/echo?limit=0", headers=known, **NONSENSE)

        assert errors(answer) == [("limit", "minimum")]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (NONSENSE, "unsupported_media_type"),
            ({"data": "{", "content_type": "application/json"}, "bad_request"),
            ({"json": {"loud": 1}}, "invalid_request"),
        ],
    )
    def test_ends_with_the_body(self, client, known, views, body, code):
        answer = client.post("/echo?limit=1", headers=known, **body)

        assert answer.json["error"] == code
        assert views.given == []

    def test_counts_what_is_refused(self, client, known):
        for _ in range(3):
            client.post("/echo", headers=known, **NONSENSE)

        assert client.get("/echo", headers=known).status_code == 429

    def test_counts_strangers_by_their_address(self, client):
        answers = [client.get("/echo").status_code for _ in range(6)]

        assert answers == [401] * 5 + [429]


class TestAView:
    def test_is_given_what_was_asked_sent_and_by_whom(self, client, known, views):
        client.post("/echo?limit=7", headers=known, json={"loud": True})

        assert views.given == [
            {"by": make_principal(ADA), "query": {"limit": 7}, "body": {"loud": True}}
        ]

    def test_is_given_the_path_and_nobody_where_it_is_public(self, client, views):
        client.get("/rooms/7")

        assert views.given == [{"number": 7}]

    def test_without_a_query_knows_no_parameters(self, client, views):
        answer = client.get("/rooms/7?verbose=1")

        assert errors(answer) == [("verbose", "additionalProperties")]
        assert views.given == []

    def test_may_have_a_limit_of_its_own(self, client):
        answers = [client.post("/rooms/7").status_code for _ in range(2)]

        assert answers == [204, 429]
        assert client.get("/rooms/7").status_code == 200


class TestAnAnswer:
    def test_is_rendered_and_says_where_the_new_thing_is(self, client, known):
        answer = client.post("/echo", headers=known, json={"loud": True})

        assert (answer.status_code, answer.json) == (201, {"text": "told"})
        assert answer.headers["Location"] == "/echo/7"
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Content-Length"] == str(len(answer.data))

    def test_may_be_empty(self, client, known):
        answer = client.delete("/echo", headers=known)

        assert (answer.status_code, answer.data) == (204, b"")
        assert "Content-Type" not in answer.headers

    def test_to_head_is_that_to_get_without_the_body(self, client):
        got, head = client.get("/rooms/7"), client.head("/rooms/7")

        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == got.headers["Content-Length"]

    def test_H_17_cannot_be_masked(self, client):
        answer = client.get("/rooms/7", headers={"X-Fields": "{id}"})

        assert answer.json == {"text": "told"}


class TestATransaction:
    @pytest.fixture
    def ended(self, monkeypatch):
        """How often work was committed."""
        commits = []
        monkeypatch.setattr(database.db.session, "commit", lambda: commits.append(1))
        return commits

    def test_is_committed_after_a_write(self, client, known, ended):
        client.delete("/echo", headers=known)

        assert len(ended) == 1

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_is_not_begun_to_read(self, client, ended, method):
        client.open("/rooms/7", method=method)

        assert ended == []

    def test_is_not_committed_when_it_is_refused(self, client, known, views, ended):
        def refuse():
            raise PermissionDenied

        views.work = refuse

        assert client.delete("/echo", headers=known).status_code == 403
        assert ended == []

    def test_is_done_again_where_it_gave_way(self, client, known, views):
        conflicts = [OperationalError("", {}, SimpleNamespace(sqlstate="40001"))]

        def give_way():
            if conflicts:
                raise conflicts.pop()

        views.work = give_way

        assert client.delete("/echo", headers=known).status_code == 204
        assert len(views.given) == 2


def test_an_error_is_left_to_Flask(client):
    answer = client.get("/rooms/seven")

    assert answer.json["error"] == "not_found"
    assert "message" in answer.json
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(("path", "caps"), [("/drop", {"/drop": 10}), ("/drop/<int:place>", None)])
def test_a_cap_of_a_body_holds_for_a_path_without_parameters(registry, path, caps):
    ns = Namespace("drops", path="/")

    @ns.route(path)
    class Drop(Resource):
        @ns.operation("drop", public=True, max_body_bytes=10)
        def post(self, **_given):
            """Take a few bytes."""

    app, rest = Flask("capped"), Api()
    rest.add_namespace(ns)
    rest.init_app(app)
    if caps:
        assert body_caps(app) == caps
    else:
        with pytest.raises(ValueError, match="drop"):
            body_caps(app)


def test_nothing_is_served_but_the_operations(client):
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}

    assert rules == {"/echo", "/rooms/<int:number>"}
