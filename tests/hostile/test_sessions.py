"""Sessions under attack, over a socket and two workers: S-01 to S-08, S-11."""

import json
from base64 import urlsafe_b64decode
from functools import partial

import pytest

from api.core.database import Base, db
from tests.hostile.wire import Wire, at_once, statuses_of
from tests.service import launch


def refresh(wire, token):
    return wire.post("/api/refresh", {"refresh_token": token})


@pytest.fixture(scope="module")
def strict(start_shared):
    """A service without grace: each refresh token works once."""
    return start_shared(refresh_grace_seconds=0)


class TestRotation:
    def test_S_01_each_refresh_returns_new_tokens_of_the_same_session(self, wire, make_person):
        person = make_person()
        first = refresh(wire, person.refresh_token).json
        second = refresh(wire, first["refresh_token"]).json
        tokens = [person.refresh_token, first["refresh_token"], second["refresh_token"]]
        assert len(set(tokens)) == 3
        assert len({person.token, first["access_token"], second["access_token"]}) == 3
        assert {token.partition(".")[0] for token in tokens} == {person.session_id}

    def test_S_02_a_reused_token_ends_its_session_and_no_other(self, strict):
        wire = Wire(strict.port)
        person = strict.person("Reused")
        body = {"username": person.username, "password": person.password}
        other = wire.post("/api/login", body).json
        newest = refresh(wire, person.refresh_token).json

        again = refresh(wire, person.refresh_token)

        assert (again.status, again.error) == (401, "refresh_token_reused")
        assert refresh(wire, newest["refresh_token"]).status == 401
        assert statuses_of(wire, newest["access_token"]) == statuses_of(wire, person.token) == {401}
        assert statuses_of(wire, other["access_token"]) == {200}
        root = wire.as_person(strict.administrator)
        query = f"/api/audit-events?subject={person.id}&action=refresh_token.reused"
        [event] = root.get(query).json["items"]
        assert event["details"] == {"session": person.session_id}

    @pytest.mark.parametrize("attempt", range(5))
    def test_S_03_simultaneous_refreshes_return_one_successor_within_the_grace(
        self, wire, make_person, attempt
    ):
        person = make_person()
        answers = at_once([partial(refresh, wire, person.refresh_token)] * 20)
        assert {answer.status for answer in answers} == {200}
        [successor] = {answer.json["refresh_token"] for answer in answers}
        for answer in answers:
            assert wire.with_token(answer.json["access_token"]).get("/api/me").status == 200
        assert refresh(wire, successor).status == 200

    @pytest.mark.parametrize("attempt", range(5))
    def test_S_03_one_of_simultaneous_refreshes_succeeds_without_grace(self, strict, attempt):
        wire, person = Wire(strict.port), strict.person(f"Strict{attempt}")
        answers = at_once([partial(refresh, wire, person.refresh_token)] * 20)
        assert sorted(answer.status for answer in answers) == [200] + [401] * 19

    def test_S_04_a_lost_response_can_be_requested_again(self, wire, make_person):
        person = make_person()
        lost = refresh(wire, person.refresh_token)
        again = refresh(wire, person.refresh_token)
        assert again.json["refresh_token"] == lost.json["refresh_token"]
        assert refresh(wire, again.json["refresh_token"]).status == 200

    def test_S_04_an_older_token_than_the_last_is_reuse(self, wire, make_person):
        person = make_person()
        second = refresh(wire, person.refresh_token).json["refresh_token"]
        third = refresh(wire, second).json["refresh_token"]
        assert refresh(wire, person.refresh_token).error == "refresh_token_reused"
        assert refresh(wire, third).status == 401

    @pytest.mark.parametrize("letter", [0, 8, 36, 37, 60, -1])
    def test_S_02_a_token_with_one_changed_letter_ends_no_session(self, wire, make_person, letter):
        person = make_person()
        letters = list(person.refresh_token)
        letters[letter] = "0" if letters[letter] != "0" else "1"
        assert refresh(wire, "".join(letters)).error == "invalid_refresh_token"
        assert refresh(wire, person.refresh_token).status == 200


class TestEnd:
    def test_S_05_ended_sessions_and_used_tokens_survive_a_crash(self, serve, place):
        service = serve()
        wire, person, left = Wire(service.port), service.person("Ada"), service.person("Grace")
        newest = refresh(wire, person.refresh_token).json["refresh_token"]
        newest = refresh(wire, newest).json["refresh_token"]
        assert wire.as_person(left).post("/api/logout", None).status == 204
        service.kill()

        again = launch(place, service.settings)
        try:
            assert refresh(wire, left.refresh_token).status == 401
            assert wire.as_person(left).get("/api/me").status == 401
            assert refresh(wire, person.refresh_token).error == "refresh_token_reused"
            assert refresh(wire, newest).status == 401
        finally:
            again.stop()

    @pytest.mark.parametrize("scope", ["local", "others", "global"])
    def test_S_06_a_logout_counts_at_once_on_every_worker_and_can_be_repeated(
        self, wire, make_person, scope
    ):
        person = make_person()
        body = {"username": person.username, "password": person.password}
        other = wire.post("/api/login", body).json
        assert statuses_of(wire, person.token) == statuses_of(wire, other["access_token"]) == {200}

        for _ in range(2):
            answer = wire.as_person(person).post(f"/api/logout?scope={scope}", None)
            assert (answer.status, answer.body) == (204, b"")

        assert statuses_of(wire, person.token) == ({200} if scope == "others" else {401})
        assert statuses_of(wire, other["access_token"]) == ({200} if scope == "local" else {401})

    @pytest.mark.parametrize("scope", ["", "all", "LOCAL", "local&scope=global"])
    def test_S_06_other_scopes_are_rejected(self, wire, make_person, scope):
        person = make_person()
        assert wire.as_person(person).post(f"/api/logout?scope={scope}", None).status == 422
        assert wire.as_person(person).get("/api/me").status == 200

    def test_S_06_a_logout_requires_a_token(self, wire):
        assert wire.post("/api/logout", None).status == 401

    def test_S_08_a_session_of_another_user_is_404(self, wire, make_person):
        one, other = make_person(), make_person()
        for session in (other.session_id, "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"):
            answer = wire.as_person(one).ask("DELETE", f"/api/me/sessions/{session}")
            assert (answer.status, answer.error) == (404, "session_not_found")
        assert wire.as_person(other).get("/api/me").status == 200

    def test_S_08_a_listed_session_contains_no_token(self, wire, make_person):
        person = make_person()
        answer = wire.as_person(person).get("/api/me/sessions", "User-Agent: curl/8.5.0")
        [shown] = answer.json["items"]
        assert shown["id"] == person.session_id
        assert shown["current"] is True
        secret = person.refresh_token.partition(".")[2]
        assert secret not in answer.body.decode()
        assert not [name for name in shown if "token" in name or "digest" in name or "salt" in name]

    def test_S_08_administrators_list_and_end_sessions_of_users(self, wire, root, make_person):
        person = make_person()
        theirs = f"/api/users/{person.id}/sessions"
        [shown] = root.get(theirs).json["items"]
        assert shown["current"] is False
        assert root.ask("DELETE", f"{theirs}/{shown['id']}").status == 204
        assert statuses_of(wire, person.token) == {401}
        assert root.ask("DELETE", f"{theirs}/{shown['id']}").status == 404


CHANGES = {
    "own password": ("/api/me/password", {"new_password": "the analytical engine weaves"}),
    "address": ("email", "another-s09@example.org"),
    "suspension": ("status", "suspended"),
}


class TestChanges:
    @pytest.mark.parametrize("name", CHANGES)
    def test_S_09_a_sensitive_change_ends_the_other_sessions(self, wire, root, make_person, name):
        person = make_person()
        body = {"username": person.username, "password": person.password}
        other = wire.post("/api/login", body).json
        what, value = CHANGES[name]
        if what.startswith("/"):
            secret = {"current_password": person.password, **value}
            assert wire.as_person(person).post(what, secret).status == 200
        else:
            assert root.patch(f"/api/users/{person.id}", {what: value}).status == 200

        assert statuses_of(wire, other["access_token"]) == {401}
        assert refresh(wire, other["refresh_token"]).status == 401
        events = root.get(f"/api/audit-events?subject={person.id}").json["items"]
        assert [event for event in events if event["details"].get("sessions_ended", 0) > 0]


def test_S_11_a_dump_of_the_database_contains_no_token(service, wire, make_person):
    issued = []
    for _ in range(20):
        person = make_person()
        issued += [
            person.refresh_token,
            refresh(wire, person.refresh_token).json["refresh_token"],
        ]
    assert len(set(issued)) == 40

    dump = dump_database(service.local_service.app)

    for token in issued:
        secret = token.partition(".")[2]
        content = urlsafe_b64decode(secret)
        for trace in (secret, content.hex(), json.dumps(secret)[1:20]):
            assert trace not in dump


def dump_database(app):
    with app.app_context(), db.engine.connect() as connection:
        return "\n".join(
            str(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in connection.execute(table.select())
        )
