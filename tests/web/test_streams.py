"""Large bodies and long answers, as an operation declares them, over Flask alone."""

from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import request
from sqlalchemy.exc import OperationalError

from api.core import database
from api.core.database import db
from api.core.errors import NotFound, Overloaded
from api.core.permissions import Permission
from api.keys.ring import SharedSecret
from api.web import body_limits, limits, problems, streams, tokens, uploads
from api.web.fields import Integer, String
from api.web.flask import Flask
from api.web.request_guard import RequestGuard, Rules
from api.web.restx import Api, Namespace, Resource
from api.web.schemas import Model
from api.web.streams import CHUNK, Broken, Lines, Places, gathered
from api.web.uploads import IN_MEMORY, Streamed
from tests.support import make_principal

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
FAR_OFF = datetime(2100, 1, 1, tzinfo=UTC)
RULES = tokens.TokenRules("i", "a", 900)
SECRET = SharedSecret("a secret that is long enough for HS256")
CSV, NDJSON = "text/csv", "application/x-ndjson"
LONGEST = 200_000
POLICIES = {"user": "3 per hour", "address": "50 per hour"}


class Views:
    """What the operations of a test do, and what became of it."""

    def __init__(self):
        self.results = [SimpleNamespace(text="one"), SimpleNamespace(text="two")]
        self.given = []
        self.ended = []
        self.work = lambda: None

    def lines(self, **given):
        self.given.append(given)
        try:
            for result in self.results:
                self.work()
                yield result
        finally:
            self.ended.append(request.path)  # which there is as long as the context

    def size(self, *, body, **given):
        self.given.append({**given, "content": body.read()})
        self.work()
        return SimpleNamespace(size=len(self.given[-1]["content"]))


@pytest.fixture
def views():
    return Views()


@pytest.fixture
def finished():
    """What was told of each exchange that is over: its method and status."""
    return []


@pytest.fixture
def client(registry, views, finished):
    ns = Namespace("streams", path="/")
    line = Model("Line", {"text": String(max_length=9, required=True)})
    size = Model("Size", {"size": Integer(required=True)})
    takes = Streamed((CSV, NDJSON), max_length=LONGEST)

    @ns.route("/lines")
    class Several(Resource):
        @ns.operation("tell", public=True, response=Lines(line))
        def get(self):
            """Tell."""
            return views.lines()

        @ns.operation("write", takes=takes, response=Lines(line), status=202)
        def post(self, **given):
            """Write, and tell."""
            return views.lines(**given)

    @ns.route("/size")
    class Size(Resource):
        @ns.operation("measure", takes=takes, response=size, permission=Permission.USERS_IMPORT)
        def post(self, **given):
            """Measure."""
            return views.size(**given)

    @ns.route("/bytes")
    class Bytes(Resource):
        @ns.operation("dump", public=True, response=Lines(media_type="application/zip"))
        def get(self):
            """Dump."""
            return [b"PK", b"..."]

    return made(ns, finished).test_client()


def made(ns, finished):
    app, rest = Flask("streams"), Api()
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    problems.init_app(app, "", lambda **_: None)
    uploads.init_app(app, Path(gettempdir()))
    tokens.init_app(app, RULES, SECRET, recognised)
    limits.init_app(app, POLICIES, storage=None, processes=1, enabled=True)
    rest.add_namespace(ns)
    rest.init_app(app)
    rules = Rules(frozenset({"localhost"}), body_caps=body_limits.body_caps(app))
    told = [lambda _, method, status, seconds: finished.append((method, status, seconds > 0))]
    app.wsgi_app = RequestGuard(
        app.wsgi_app, rules, problem=partial(problems.render, base_url=""), on_finished=told
    )
    return app


def recognised(session):
    """Whoever is in the session of number 0 may do nothing."""
    return make_principal(ADA, frozenset({Permission.USERS_IMPORT} if session.int else ()))


def room(places):
    """Count the places that are free."""
    free = 0
    with ExitStack() as taken, suppress(Overloaded):
        while True:
            taken.enter_context(places.taken())
            free += 1
    return free


@pytest.fixture
def known(client):
    return bearing(client, 1)


def bearing(client, session):
    with client.application.app_context():
        token = tokens.tokens().issue(ADA, UUID(int=session), [], FAR_OFF).access_token
    return {"Authorization": f"Bearer {token}", "Content-Type": CSV}


class TestAnAnswer:
    def test_is_a_line_for_each_object(self, client):
        answer = client.get("/lines")

        assert (answer.status_code, answer.content_type) == (200, NDJSON)
        assert answer.data == b'{"text":"one"}\n{"text":"two"}\n'
        assert answer.headers["Cache-Control"] == "no-store"
        assert "RateLimit" in answer.headers
        assert "Content-Length" not in answer.headers

    def test_may_be_of_bytes(self, client):
        answer = client.get("/bytes")

        assert (answer.data, answer.content_type) == (b"PK...", "application/zip")

    def test_may_be_of_nothing(self, client, views):
        views.results = []

        assert (client.get("/lines").data, views.ended) == (b"", ["/lines"])

    def test_is_made_while_it_is_read(self, client, views, finished):
        views.results = [SimpleNamespace(text="x" * CHUNK) for _ in range(3)]
        answer = client.get("/lines")
        chunks = answer.iter_encoded()

        next(chunks)
        assert (views.ended, finished) == ([], [])
        answer.close()
        assert (views.ended, finished) == (["/lines"], [("GET", 200, True)])

    def test_has_the_context_to_its_end_and_not_longer(self, client, views):
        torn_down = []
        client.application.teardown_appcontext(lambda _: torn_down.append(list(views.ended)))
        answer = client.get("/lines")
        assert torn_down == []

        assert answer.data
        answer.close()
        assert torn_down == [["/lines"]]

    def test_to_head_is_begun_alone(self, client, views, finished):
        views.results = iter(lambda: SimpleNamespace(text="x" * CHUNK), None)  # without end
        answer = client.head("/lines")

        assert (answer.status_code, answer.data) == (200, b"")
        assert (views.ended, finished) == (["/lines"], [("HEAD", 200, True)])

    def test_that_cannot_begin_is_a_problem(self, client, views):
        def refuse():
            raise NotFound

        views.work = refuse

        assert client.get("/lines").json["error"] == "not_found"
        assert room(streams.answering) == streams.PLACES

    def test_that_cannot_go_on_breaks_off_and_says_so_in_the_log(self, client, views, capfd):
        views.results = [SimpleNamespace(text="x" * CHUNK), SimpleNamespace(tixt="")]
        answer = client.get("/lines")

        with pytest.raises(Broken):
            list(answer.iter_encoded())
        answer.close()
        assert "answer.broken" in capfd.readouterr().out
        assert (views.ended, room(streams.answering)) == (["/lines"], streams.PLACES)

    def test_is_in_no_transaction(self, client, views, known, monkeypatch):
        commits = []
        monkeypatch.setattr(database.db.session, "commit", lambda: commits.append(1))
        answer = client.post("/lines", headers=known, data=b"1,2")

        assert (answer.status_code, answer.data.count(b"\n"), commits) == (202, 2, [])
        assert views.given[0]["media_type"] == CSV
        answer.close()
        assert views.given[0]["body"].closed

    def test_has_one_of_a_few_places(self, client):
        with ExitStack() as others:
            for _ in range(streams.PLACES):
                others.enter_context(streams.answering.taken())
            rejected = client.get("/lines")

        assert (rejected.json["error"], rejected.headers["Retry-After"]) == ("overloaded", "10")
        assert client.get("/lines").status_code == 200


class TestAnUpload:
    @pytest.mark.parametrize("size", [0, 10, IN_MEMORY, IN_MEMORY + 1, LONGEST])
    def test_is_a_file_at_its_start(self, client, views, known, size):
        answer = client.post("/size", headers=known, data=b"x" * size)

        assert answer.json == {"size": size}
        assert views.given == [
            {"by": views.given[0]["by"], "media_type": CSV, "content": b"x" * size}
        ]

    def test_of_unknown_length_is_counted_while_it_arrives(self, client, known, views):
        """As a server says it that has read a chunked body's frames."""
        sent = {"wsgi.input": BytesIO(b"x" * (LONGEST + 1)), "wsgi.input_terminated": True}
        answer = client.post("/size", headers=known, environ_overrides=sent)

        assert (answer.json["error"], views.given) == ("payload_too_large", [])

    def test_that_breaks_off_is_refused(self, client, known, views):
        sent = {"wsgi.input": BytesIO(b"x"), "CONTENT_LENGTH": "10"}
        answer = client.post("/size", headers=known, environ_overrides=sent)

        assert (answer.json["error"], views.given) == ("bad_request", [])

    def test_H_09_too_large_is_refused_unread(self, client, known):
        answer = client.post("/size", headers=known, data=b"x" * (LONGEST + 1))

        assert answer.json["error"] == "payload_too_large"

    @pytest.mark.parametrize("kind", ["application/json", "", f"{CSV}; charset=utf-7"])
    def test_H_10_is_of_a_declared_kind(self, client, known, kind):
        answer = client.post("/size", headers={**known, "Content-Type": kind}, data=b"x")

        assert answer.json["error"] == "unsupported_media_type"

    def test_is_not_read_before_it_is_known_who_sends_it(self, client):
        unread = {"wsgi.input": None, "wsgi.input_terminated": True}
        strange, powerless = {"Content-Type": CSV}, bearing(client, 0)

        answers = [
            client.post("/size", headers=each, environ_overrides=unread).json["error"]
            for each in (strange, powerless)
        ]
        assert answers == ["unauthenticated", "permission_denied"]

    def test_counts_once(self, client, known):
        statuses = [client.post("/size", headers=known, data=b"x").status_code for _ in range(4)]

        assert statuses == [200, 200, 200, 429]

    def test_that_finds_no_room_may_be_tried_later(self, client, known, tmp_path):
        uploads.init_app(client.application, tmp_path / "nowhere")
        answer = client.post("/size", headers=known, data=b"x" * (IN_MEMORY + 1))

        assert (answer.status_code, answer.json["error"]) == (503, "no_room")
        assert answer.headers["Retry-After"] == "60"
        assert room(uploads.uploading) == streams.PLACES

    def test_is_rewound_where_the_work_is_done_again(self, client, known, views):
        conflicts = [OperationalError("", {}, SimpleNamespace(sqlstate="40001"))]

        def give_way():
            if conflicts:
                raise conflicts.pop()

        views.work = give_way

        assert client.post("/size", headers=known, data=b"abc").json == {"size": 3}
        assert [each["content"] for each in views.given] == [b"abc", b"abc"]

    def test_has_one_of_a_few_places(self, client, known):
        with ExitStack() as others:
            for _ in range(streams.PLACES):
                others.enter_context(uploads.uploading.taken())
            rejected = client.post("/size", headers=known, data=b"x")

        assert (rejected.json["error"], rejected.headers["Retry-After"]) == ("overloaded", "10")
        assert client.post("/size", headers=known, data=b"x").status_code == 200


def test_the_paths_of_large_bodies_are_told(client):
    app = client.application

    assert body_limits.late_bodies(app) == {"/lines", "/size"}
    assert body_limits.body_caps(app) == {"/lines": LONGEST, "/size": LONGEST}


def test_the_path_of_a_large_body_has_no_other(registry):
    """It would be read on a thread, for as long as the client likes, without a place."""
    ns = Namespace("streams", path="/")

    @ns.route("/mixed")
    class Mixed(Resource):
        @ns.operation("pour", takes=Streamed((CSV,), LONGEST))
        def post(self, **_given):
            """Take much."""

        @ns.operation("drop", public=True, body=Model("Drop", {"text": String(max_length=9)}))
        def put(self, **_given):
            """Take little."""

    with pytest.raises(ValueError, match="drop"):
        body_limits.late_bodies(made(ns, []))


@pytest.mark.parametrize(
    "declared",
    [
        {"takes": Streamed((CSV,), 10), "public": True},
        {"takes": Streamed((CSV,), 10), "body": Model("Sent", {})},
        {"answers": Lines(), "headers": lambda _: {}},
        {"answers": Lines(), "public": True, "permission": Permission.USERS_EXPORT},
    ],
)
def test_what_does_not_go_together_cannot_be_declared(registry, declared):
    with pytest.raises(ValueError, match="pour"):
        Namespace("streams").operation("pour", **declared)(lambda: None)


def test_small_parts_are_gathered():
    parts = [b"x" * 1000] * 100

    assert [len(chunk) for chunk in gathered(parts)] == [66_000, 34_000]


def test_what_takes_long_is_told_meanwhile(monkeypatch):
    monkeypatch.setattr(streams, "CHUNK_SECONDS", 0)

    assert list(gathered([b"1", b"2"])) == [b"1", b"2"]


def test_a_place_is_given_back_whatever_happens():
    places = Places(1)
    with pytest.raises(NotFound), places.taken():
        raise NotFound

    with places.taken(), pytest.raises(Overloaded), places.taken():
        pass
