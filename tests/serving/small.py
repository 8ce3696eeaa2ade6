"""A service of a few operations that stream, as granian loads it in place of ours.

It is never imported where tests run: its operations would be in the contract there.
"""

from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace
from uuid import UUID

import structlog

from api.core.database import db
from api.core.errors import NotFound
from api.core.permissions import Permission
from api.core.principal import Principal
from api.keys.ring import SharedSecret
from api.serving.bodies import Bodies
from api.serving.front import Bridge
from api.web import body_limits, limits, logging, problems, tokens, tracing, uploads
from api.web.fields import Integer, String
from api.web.flask import Flask
from api.web.request_guard import RequestGuard, Rules
from api.web.restx import Api, Namespace, Resource
from api.web.schemas import Model
from api.web.streams import Lines
from api.web.tokens import TokenRules
from api.web.uploads import Streamed

MIB = 1024 * 1024
FAR_OFF = datetime(2100, 1, 1, tzinfo=UTC)
SECRET = "a secret that is long enough for HS256"
ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
CSV = "text/csv"
SECONDS = 2.0  # for a body; ours has ten
LONG = "x" * 1000

log = structlog.get_logger()
ns = Namespace("small", path="/")
size = Model("Size", {"size": Integer(minimum=0, required=True)})
line = Model("Line", {"number": Integer(minimum=0, required=True), "text": String(max_length=1000)})
said = Model("Said", {"text": String(max_length=1000, required=True)})
often = Model("Often", {"times": Integer(minimum=0, default=1)})
takes = Streamed((CSV,), max_length=256 * MIB)


def lines(numbers):
    """Make a line of some 1,000 bytes for each number, and tell when that has ended."""
    try:
        for number in numbers:
            yield SimpleNamespace(number=number, text=LONG)
    finally:
        log.info("ended")


def measured(body):
    return sum(map(len, iter(partial(body.read, MIB), b"")))


@ns.route("/health/ready", "/here")
class LocalService(Resource):
    @ns.operation("here", public=True, answers=size)
    def get(self):
        """Answer at once."""
        return SimpleNamespace(size=0)


@ns.route("/token")
class Token(Resource):
    @ns.operation("token", public=True, query=often, answers=said)
    def get(self, *, query):
        """Issue the token of somebody who may do anything, or nothing for 0."""
        return SimpleNamespace(text=issued(query["times"]))


@ns.route("/upload")
class Upload(Resource):
    @ns.operation("upload", takes=takes, permission=Permission.USERS_IMPORT, answers=size)
    def post(self, *, body, media_type, by):
        """Tell how much was sent."""
        return SimpleNamespace(size=measured(body))


@ns.route("/little")
class Little(Resource):
    @ns.operation("little", takes=Streamed((CSV,), max_length=100), answers=size)
    def post(self, *, body, media_type, by):
        """Tell how little was sent."""
        return SimpleNamespace(size=measured(body))


@ns.route("/lines")
class Several(Resource):
    @ns.operation("several", public=True, query=often, answers=Lines(line))
    def get(self, *, query):
        """Tell lines."""
        return lines(range(query["times"]))


@ns.route("/endless")
class Endless(Resource):
    @ns.operation("endless", public=True, answers=Lines(line))
    def get(self):
        """Tell lines without end."""
        return lines(count())


@ns.route("/broken")
class Broken(Resource):
    @ns.operation("break_off", public=True, query=often, answers=Lines(line))
    def get(self, *, query):
        """Tell lines, and fail."""
        yield from lines(range(query["times"]))
        raise NotFound if query["times"] == 0 else RuntimeError


@ns.route("/both")
class Both(Resource):
    @ns.operation("both", takes=takes, answers=Lines())
    def post(self, *, body, media_type, by):
        """Tell what was sent."""
        return iter(partial(body.read, MIB), b"")


def recognised(session):
    """Whoever is in the session of number 0 may do nothing."""
    return Principal(id=ADA, permissions=frozenset(Permission) if session.int else frozenset())


def issued(session):
    return tokens.tokens().issue(ADA, UUID(int=session), [], FAR_OFF).access_token


def made():
    app, rest = Flask("small"), Api()
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    tracing.init_app(app)
    problems.init_app(app, "", lambda **_: None)
    uploads.init_app(app, Path(gettempdir()))
    tokens.init_app(app, TokenRules("i", "a", 900), SharedSecret(SECRET), recognised)
    limits.init_app(app, {}, storage=None, processes=1, enabled=False)
    rest.add_namespace(ns)
    rest.init_app(app)
    rules = Rules(frozenset({"*"}), body_caps=body_limits.body_caps(app))
    problem = partial(problems.render, base_url="")
    app.wsgi_app = RequestGuard(
        app.wsgi_app, rules, problem=problem, on_finished=[logging.log_request]
    )
    return app


def application():
    app = made()
    return Bridge(app.wsgi_app, bodies=Bodies(seconds=SECONDS, late=body_limits.late_bodies(app)))
