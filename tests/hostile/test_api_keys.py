"""API keys at a service with several processes: K-01 to K-04."""

from collections import Counter
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

from api.api_keys.models import ApiKey
from api.core.database import db
from api.core.program_secrets import make_secret
from tests.api_keys.support import save_key
from tests.hostile.wire import REQUESTS_FOR_ALL_WORKERS, Wire, at_once

PATH = "/api/me/api-keys"
BODY = {"name": "Report", "scopes": ["users:read"]}
WRONG_KEYS = 50
DATABASES = ["service", "on_sqlite"]


@pytest.fixture
def ada(make_person):
    return make_person(role="admin")


@pytest.fixture
def own(wire, ada) -> Wire:
    """The client of Ada, with an access token."""
    return wire.as_person(ada)


@pytest.fixture
def made(own):
    """A key of Ada, as the response of its creation shows it."""
    return own.post(PATH, BODY).json


@pytest.fixture
def program(wire, made) -> Wire:
    return wire.with_token(made["key"])


@pytest.fixture(scope="module")
def guarded(start_shared):
    """A service with the usual limit of wrong keys, so that no new minute begins in a test."""
    return start_shared(limit_invalid_api_keys_per_address="30 per day")


def ask_all_workers(client: Wire, path: str = "/api/users?limit=1") -> Counter[int]:
    """Send so many requests at once that each worker gets some; count their statuses."""
    acts = [partial(client.get, path)] * REQUESTS_FOR_ALL_WORKERS
    return Counter(answer.status for answer in at_once(acts))


def all_of(status: int) -> dict[int, int]:
    return {status: REQUESTS_FOR_ALL_WORKERS}


class TestEndOfKeys:
    """The next request fails, whatever worker gets it."""

    def test_K_04_a_revoked_key(self, own, program, made):
        assert ask_all_workers(program) == all_of(200)

        assert own.ask("DELETE", f"{PATH}/{made['id']}").status == 204

        assert ask_all_workers(program) == all_of(401)

    def test_K_04_a_key_that_was_replaced_without_an_overlap(self, wire, own, program, made):
        new = own.post(f"{PATH}/{made['id']}/rotate", {"overlap_seconds": 0})

        assert ask_all_workers(program) == all_of(401)
        assert ask_all_workers(wire.with_token(new.json["key"])) == all_of(200)

    def test_K_03_a_role_that_the_owner_has_lost(self, root, ada, program):
        assert ask_all_workers(program) == all_of(200)

        assert root.ask("DELETE", f"/api/users/{ada.id}/roles/admin").status == 204

        assert ask_all_workers(program) == all_of(403)
        assert ask_all_workers(program, "/api/me") == all_of(200)

    def test_K_03_a_suspended_owner(self, root, ada, program):
        path = f"/api/users/{ada.id}"
        assert root.patch(path, {"status": "suspended"}).status == 200
        assert ask_all_workers(program) == all_of(401)

        assert root.patch(path, {"status": "active"}).status == 200
        assert ask_all_workers(program) == all_of(200)

    def test_K_03_a_deleted_owner(self, root, ada, program):
        assert root.ask("DELETE", f"/api/users/{ada.id}").status == 204

        assert ask_all_workers(program) == all_of(401)


class TestSimultaneousChanges:
    @pytest.mark.parametrize("database", DATABASES)
    def test_K_04_one_of_twenty_rotations_succeeds(self, request, database):
        service = request.getfixturevalue(database)
        own = Wire(service.port).as_person(service.person("Rotating"))
        for _ in range(3):
            made = own.post(PATH, {"name": "Report", "scopes": []}).json

            answers = at_once([partial(own.post, f"{PATH}/{made['id']}/rotate", {})] * 20)

            assert sorted(answer.status for answer in answers) == [201] + [409] * 19
            assert {answer.error for answer in answers} == {None, "api_key_rotated"}
            listed = own.get(PATH).json["items"]
            replaced = {key["id"]: key["successor_id"] for key in listed}
            [successor] = [answer.json["id"] for answer in answers if answer.status == 201]
            assert replaced[made["id"]] == successor
            for key in replaced:
                own.ask("DELETE", f"{PATH}/{key}")

    @pytest.mark.parametrize("database", DATABASES)
    def test_K_04_one_of_twenty_revocations_succeeds(self, request, database, root):
        service = request.getfixturevalue(database)
        own = Wire(service.port).as_person(service.person("Revoking"))
        made = own.post(PATH, {"name": "Report", "scopes": []}).json

        answers = at_once([partial(own.ask, "DELETE", f"{PATH}/{made['id']}")] * 20)

        assert sorted(answer.status for answer in answers) == [204] + [404] * 19
        if database == "service":
            query = f"/api/audit-events?action=api_key.revoked&actor={own_id(own)}"
            assert len(root.get(query).json["items"]) == 1

    @pytest.mark.parametrize("database", DATABASES)
    def test_an_owner_never_has_more_than_20_keys(self, request, database):
        service = request.getfixturevalue(database)
        own = Wire(service.port).as_person(service.person("Creating"))

        answers = at_once([partial(own.post, PATH, {"name": "Report", "scopes": []})] * 25)

        assert sorted(answer.status for answer in answers) == [201] * 20 + [409] * 5

    def test_a_new_network_is_reported_once(self, root, wire, made):
        elsewhere = wire.with_token(made["key"]).from_address("127.0.9.1")

        assert ask_all_workers(elsewhere) == all_of(200)

        query = "/api/audit-events?action=api_key.network_new&limit=100"
        events = [event["details"] for event in root.get(query).json["items"]]
        assert events.count({"api_key": made["id"]}) == 1

    @pytest.mark.parametrize("database", DATABASES)
    def test_uses_at_the_same_time_all_succeed(self, request, database):
        service = request.getfixturevalue(database)
        person = service.person("Using")
        key_id, key = save_key(service.local_service.app, user_id=UUID(person.id))

        assert ask_all_workers(Wire(service.port, key), "/api/me") == all_of(200)

        shown = Wire(service.port).as_person(person).get(f"{PATH}/{key_id}").json
        assert shown["last_used_address"] == "127.0.0.1"


def dump_api_keys() -> str:
    """Return all rows of the table as text, with what the columns have as bytes."""
    rows = db.session.execute(select(*ApiKey.__table__.columns)).all()
    return repr([tuple(row) for row in rows])


def own_id(own: Wire) -> str:
    return own.get("/api/me").json["id"]


class TestWrongKeys:
    def test_K_04_fifty_wrong_keys_from_one_address_are_throttled(self, guarded):
        attacker = Wire(guarded.port, source="127.0.7.1")
        acts = [
            partial(attacker.with_token(make_secret("rb_live_")).get, "/api/me")
            for _ in range(WRONG_KEYS)
        ]

        answers = at_once(acts)

        statuses = Counter(answer.status for answer in answers)
        assert statuses == {401: 30, 429: 20}
        throttled = next(answer for answer in answers if answer.status == 429)
        assert "invalid_api_key" in throttled.headers["RateLimit"]

    def test_valid_credentials_at_the_address_of_an_attacker_work(self, guarded):
        person = guarded.person("Neighbour")
        _, key = save_key(guarded.local_service.app, user_id=UUID(person.id))
        neighbour = Wire(guarded.port, source="127.0.7.2")
        for _ in range(WRONG_KEYS):
            neighbour.with_token(make_secret("rb_live_")).get("/api/me")

        assert neighbour.with_token(make_secret("rb_live_")).get("/api/me").status == 429
        assert neighbour.with_token(key).get("/api/me").status == 200
        assert neighbour.as_person(person).get("/api/me").status == 200
        assert neighbour.with_token("a.b.c").get("/api/me").status == 401


class TestSecrecy:
    def test_K_01_two_workers_never_make_the_same_key(self, own):
        answers = at_once([partial(own.post, PATH, {"name": "x", "scopes": []})] * 15)

        assert len({answer.json["key"] for answer in answers}) == 15

    def test_K_01_no_key_is_in_the_log_or_in_the_database(self, service, own, program, made):
        rotated = own.post(f"{PATH}/{made['id']}/rotate", {}).json
        assert program.get("/api/me").status == 200
        program.with_token(made["key"] + "x").get("/api/me")

        for key in (made["key"], rotated["key"]):
            assert key[8:-4] not in service.log()
        app = service.local_service.app
        with app.app_context():
            assert made["key"][8:-4] not in dump_api_keys()

    @pytest.mark.parametrize("member", ["user_id", "owner", "key", "digest"])
    def test_K_02_a_body_with_an_owner_or_a_key_is_rejected(self, own, member):
        answer = own.post(PATH, {**BODY, member: "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2fff"})

        assert answer.status == 422
        assert answer.rules == [(f"/{member}", "additional_properties")]

    def test_K_02_the_key_of_another_user_and_an_unknown_one_get_the_same_response(
        self, wire, make_person, made
    ):
        other = wire.as_person(make_person())
        unknown = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2fff"
        for method, end, body in (("GET", "", None), ("DELETE", "", None), ("POST", "/rotate", {})):
            theirs, none = (
                other.ask(method, f"{PATH}/{key_id}{end}", body) for key_id in (made["id"], unknown)
            )
            assert theirs.status == 404
            assert theirs.comparable == none.comparable
