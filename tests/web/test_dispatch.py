"""The order in which an operation is executed, and what its view receives and answers."""

from functools import partial
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy.exc import OperationalError

from api.core import database
from api.core.database import db
from api.core.errors import PermissionDenied, Unauthenticated
from api.core.permissions import Permission
from api.core.principal import ApiKeyCredential, Principal, PrincipalKind
from api.web import authentication, limits, problems
from api.web.body_limits import find_max_bytes_by_path
from api.web.fields import Boolean, Integer, String
from api.web.flask import Flask
from api.web.headers import location
from api.web.request_guard import RequestGuard, Rules
from api.web.restx import Api, Namespace, Resource
from api.web.schemas import Model

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
GRACE = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f11")
MALFORMED = {"data": "{", "content_type": "text/plain"}
POLICIES = {"user": "3 per hour", "address": "5 per hour", "own": "1 per hour"}
KEYS = {
    "plain": Principal(id=ADA),
    "writer": Principal(id=ADA, permissions=frozenset({Permission.USERS_WRITE})),
    "robot": Principal(
        kind=PrincipalKind.SERVICE_ACCOUNT, id=ADA, credential=ApiKeyCredential(GRACE)
    ),
}


class KeyAuthenticator:
    """Accepts ``Authorization: Key NAME``, as an authenticator of API keys would."""

    def authenticate(self, request):
        scheme, _, name = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Key":
            return None
        if name not in KEYS:
            raise Unauthenticated
        return KEYS[name]

    identify = authenticate


class NoCredential:
    """An authenticator of a kind of credential that no request carries."""

    def authenticate(self, _request):
        return None

    identify = authenticate


class Views:
    """What the operations of a test do, and what they received."""

    def __init__(self):
        self.given = []
        self.work = lambda: None

    def __call__(self, **given):
        self.given.append(given)
        self.work()
        return SimpleNamespace(id=7, text="said")


@pytest.fixture
def views():
    return Views()


@pytest.fixture
def ns(registry, views):
    """Operations of every kind of access."""
    ns = Namespace("echo", path="/")
    said = Model("Said", {"text": String(max_length=9, required=True)})
    search = Model("Search", {"limit": Integer(minimum=1, default=20)})
    sent = Model("Sent", {"loud": Boolean(required=True)})

    @ns.route("/echo")
    class Echo(Resource):
        @ns.operation("listen", authenticated=True, query=search, response=said)
        def get(self, *, query, by):
            return views(query=query, by=by)

        @ns.operation(
            "shout",
            permission=Permission.USERS_WRITE,
            query=search,
            body=sent,
            response=said,
            status=201,
            headers=location("/echo"),
        )
        def post(self, *, query, body, by):
            return views(query=query, body=body, by=by)

        @ns.operation("fall_silent", authenticated=True, status=204)
        def delete(self):
            views()

    @ns.route("/users/<uuid:user_id>")
    class User(Resource):
        @ns.operation("read", permission=Permission.USERS_WRITE, own=True, response=said)
        def get(self, user_id, *, by):
            return views(user_id=user_id, by=by)

        @ns.operation("erase", permission=Permission.USERS_WRITE, status=204)
        def delete(self, user_id):
            views(user_id=user_id)

    @ns.route("/rooms/<int:number>")
    class Room(Resource):
        @ns.operation("hear", public=True, response=said)
        def get(self, number):
            return views(number=number)

        @ns.operation("knock", public=True, limit="own", status=204)
        def post(self, number):
            views(number=number)

    return ns


def serve(ns):
    app = Flask("echo")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    problems.init_app(app, "https://rollbook.example", lambda **_: None)
    authentication.init_app(app, [NoCredential(), KeyAuthenticator()])
    limits.init_app(app, POLICIES, storage=None, processes=1, enabled=True)
    rest = Api()
    rest.add_namespace(ns)
    rest.init_app(app)
    rules = Rules(allowed_hosts=frozenset({"localhost"}))
    render = partial(problems.render_for_wsgi, base_url="https://rollbook.example")
    app.wsgi_app = RequestGuard(app.wsgi_app, rules, problem=render)
    return app.test_client()


@pytest.fixture
def client(ns):
    return serve(ns)


def key(name):
    return {"Authorization": f"Key {name}"}


def errors(response):
    return [(each["pointer"], each["rule"]) for each in response.json["errors"]]


class TestOrder:
    """Authentication, rate limit, permission, query, body."""

    def test_the_caller_is_authenticated_first(self, client):
        response = client.post("/echo?limit=0&nope=1", **MALFORMED)

        assert response.json["error"] == "unauthenticated"

    def test_the_request_is_counted_second(self, client):
        for _ in range(3):
            client.get("/echo", headers=key("plain"))

        response = client.post("/echo?limit=0&nope=1", headers=key("plain"), **MALFORMED)

        assert response.json["error"] == "too_many_requests"

    def test_S_01_the_permission_is_enforced_third(self, client, views):
        response = client.post("/echo?limit=0&nope=1", headers=key("plain"), **MALFORMED)

        assert response.json["error"] == "permission_denied"
        assert response.json["permission"] == "users:write"
        assert views.given == []

    def test_the_query_is_read_fourth(self, client):
        response = client.post("/echo?limit=0", headers=key("writer"), **MALFORMED)

        assert errors(response) == [("limit", "minimum")]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (MALFORMED, "unsupported_media_type"),
            ({"data": "{", "content_type": "application/json"}, "bad_request"),
            ({"json": {"loud": 1}}, "invalid_request"),
        ],
    )
    def test_the_body_is_read_last(self, client, views, body, code):
        response = client.post("/echo?limit=1", headers=key("writer"), **body)

        assert response.json["error"] == code
        assert views.given == []

    def test_rejected_requests_count(self, client):
        for _ in range(3):
            client.post("/echo", headers=key("plain"), **MALFORMED)

        assert client.get("/echo", headers=key("plain")).status_code == 429

    def test_unauthenticated_requests_count_per_client_address(self, client):
        statuses = [client.get("/echo").status_code for _ in range(6)]

        assert statuses == [401] * 5 + [429]


class TestAuthentication:
    """Each authenticator turns one kind of credential into a principal."""

    def test_the_second_authenticator_may_know_the_credential(self, client, views):
        client.get("/echo", headers=key("robot"))

        assert views.given[0]["by"] == KEYS["robot"]

    def test_a_credential_that_is_not_valid_is_rejected(self, client):
        assert client.get("/echo", headers=key("stolen")).status_code == 401

    def test_a_service_account_and_a_user_of_one_id_are_counted_apart(self, client):
        for _ in range(3):
            client.get("/echo", headers=key("plain"))

        assert client.get("/echo", headers=key("plain")).status_code == 429
        assert client.get("/echo", headers=key("robot")).status_code == 200


class TestPermission:
    """A declared permission is enforced, whatever the service checks."""

    def test_S_01_a_principal_without_it_never_reaches_the_view(self, client, views):
        assert client.delete(f"/users/{GRACE}", headers=key("plain")).status_code == 403
        assert views.given == []

    def test_a_principal_with_it_does(self, client):
        assert client.delete(f"/users/{GRACE}", headers=key("writer")).status_code == 204

    def test_the_owner_needs_none_where_own_is_declared(self, client):
        assert client.get(f"/users/{ADA}", headers=key("plain")).status_code == 200
        assert client.get(f"/users/{GRACE}", headers=key("plain")).status_code == 403
        assert client.get(f"/users/{GRACE}", headers=key("writer")).status_code == 200

    def test_the_owner_needs_it_where_own_is_not_declared(self, client):
        assert client.delete(f"/users/{ADA}", headers=key("plain")).status_code == 403


class TestView:
    def test_it_receives_query_body_and_principal(self, client, views):
        client.post("/echo?limit=7", headers=key("writer"), json={"loud": True})

        assert views.given == [
            {"by": KEYS["writer"], "query": {"limit": 7}, "body": {"loud": True}}
        ]

    def test_of_a_public_operation_it_receives_the_path_alone(self, client, views):
        client.get("/rooms/7")

        assert views.given == [{"number": 7}]

    def test_without_a_declared_query_every_parameter_is_unknown(self, client, views):
        response = client.get("/rooms/7?verbose=1")

        assert errors(response) == [("verbose", "additionalProperties")]
        assert views.given == []

    def test_it_may_have_a_rate_limit_of_its_own(self, client):
        statuses = [client.post("/rooms/7").status_code for _ in range(2)]

        assert statuses == [204, 429]
        assert client.get("/rooms/7").status_code == 200


class TestResponse:
    def test_the_result_is_rendered_with_its_headers(self, client):
        response = client.post("/echo", headers=key("writer"), json={"loud": True})

        assert (response.status_code, response.json) == (201, {"text": "said"})
        assert response.headers["Location"] == "/echo/7"
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["Content-Length"] == str(len(response.data))

    def test_it_may_be_empty(self, client):
        response = client.delete("/echo", headers=key("plain"))

        assert (response.status_code, response.data) == (204, b"")
        assert "Content-Type" not in response.headers

    def test_HEAD_answers_the_headers_of_GET(self, client):
        got, head = client.get("/rooms/7"), client.head("/rooms/7")

        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == got.headers["Content-Length"]

    def test_H_17_it_cannot_be_masked(self, client):
        response = client.get("/rooms/7", headers={"X-Fields": "{id}"})

        assert response.json == {"text": "said"}


class TestTransaction:
    @pytest.fixture
    def commits(self, monkeypatch):
        """One element for each commit."""
        commits = []
        monkeypatch.setattr(database.db.session, "commit", lambda: commits.append(1))
        return commits

    def test_a_write_is_committed(self, client, commits):
        client.delete("/echo", headers=key("plain"))

        assert len(commits) == 1

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_read_has_none(self, client, commits, method):
        client.open("/rooms/7", method=method)

        assert commits == []

    def test_an_error_rolls_it_back(self, client, views, commits):
        def reject():
            raise PermissionDenied

        views.work = reject

        assert client.delete("/echo", headers=key("plain")).status_code == 403
        assert commits == []

    def test_it_is_repeated_after_a_serialization_failure(self, client, views):
        conflicts = [OperationalError("", {}, SimpleNamespace(sqlstate="40001"))]

        def fail_once():
            if conflicts:
                raise conflicts.pop()

        views.work = fail_once

        assert client.delete("/echo", headers=key("plain")).status_code == 204
        assert len(views.given) == 2


class TestErrors:
    def test_errors_of_the_router_are_problems(self, client):
        response = client.get("/rooms/seven")

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


def test_nothing_is_served_but_the_operations(client):
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}

    assert rules - {"/"} == {"/echo", "/rooms/<int:number>", "/users/<uuid:user_id>"}
    assert client.get("/").status_code == 404
