"""Operations of every kind of access, for tests of the dispatcher."""

from functools import partial
from types import SimpleNamespace
from uuid import UUID

from api.core.database import db
from api.core.errors import Unauthenticated
from api.core.permissions import Permission
from api.core.principal import ApiKeyCredential, Principal, PrincipalKind
from api.web import authentication, deprecation, limits, problems
from api.web.fields import Boolean, Integer, String
from api.web.flask import Flask
from api.web.headers import location
from api.web.request_guard import RequestGuard, Rules
from api.web.restx import Api, Namespace, Resource
from api.web.schemas import Model

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
GRACE = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f11")
MALFORMED = {"data": "{", "content_type": "text/plain"}
POLICIES = {
    "user": "3 per hour",
    "api_key": "3 per hour",
    "address": "5 per hour",
    "own": "1 per hour",
}
KEYS = {
    "plain": Principal(id=ADA),
    "writer": Principal(id=ADA, permissions=frozenset({Permission.USERS_WRITE})),
    "robot": Principal(
        kind=PrincipalKind.SERVICE_ACCOUNT, id=ADA, credential=ApiKeyCredential(GRACE)
    ),
    "robot of Ada": Principal(id=ADA, credential=ApiKeyCredential(ADA)),
    "writing robot": Principal(
        id=ADA,
        permissions=frozenset({Permission.USERS_WRITE}),
        credential=ApiKeyCredential(GRACE),
    ),
}


class KeyAuthenticator:
    """Accepts ``Authorization: Key NAME``, as an authenticator of API keys would."""

    for_programs = True
    limit_of_failures = "address"
    security_scheme = ("key", {"type": "apiKey", "in": "header", "name": "Authorization"})

    def authenticate(self, request, *, allow_ended_session):
        scheme, _, name = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Key":
            return None
        if name not in KEYS:
            raise Unauthenticated
        return KEYS[name]


class NoCredential:
    """An authenticator of a kind of credential that no request carries."""

    for_programs = True
    limit_of_failures = "address"
    security_scheme = ("none", {"type": "mutualTLS"})

    def authenticate(self, request, *, allow_ended_session):
        return None


class Views:
    """What the operations of a test do, and what they received."""

    def __init__(self):
        self.given = []
        self.work = lambda: None

    def __call__(self, **given):
        self.given.append(given)
        self.work()
        return SimpleNamespace(id=7, text="said")


def declare_operations(views):
    """Return a namespace with operations of every kind of access."""
    ns = Namespace("echo", path="/")
    said = Model("Said", {"text": String(max_length=9, required=True)})
    search = Model("Search", {"limit": Integer(minimum=1, default=20)})
    sent = Model("Sent", {"loud": Boolean(required=True)})

    @ns.route("/echo")
    class Echo(Resource):
        @ns.operation(
            "listen", authenticated=True, accepts_programs=True, query=search, response=said
        )
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

        @ns.operation("whisper", permission=Permission.USERS_WRITE, limit="own", status=204)
        def put(self):
            views()

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
    find_headers = partial(deprecation.find_headers, app)
    app.wsgi_app = RequestGuard(app.wsgi_app, rules, problem=render, find_headers=find_headers)
    return app.test_client()


def key(name):
    return {"Authorization": f"Key {name}"}


def errors(response):
    return [(each["pointer"], each["rule"]) for each in response.json["errors"]]
