"""Sessions under attack, over a socket and two workers: S-01 to S-08, S-11."""

import json
from base64 import urlsafe_b64decode
from functools import partial

import pytest

from api.core.database import Base, db
from tests.hostile.wire import Wire, at_once
from tests.service import launch

EACH_WORKER = 20  # requests, of which each worker gets some


def refresh(wire, token):
    return wire.post("/api/refresh", {"refresh_token": token})


def alive(wire, token):
    return {wire.bearing(token).get("/api/me").status for _ in range(EACH_WORKER)}


@pytest.fixture(scope="module")
def strict(another):
    """A service that takes each refresh token once."""
    return another(refresh_grace_seconds=0)


class TestRotation:
    def test_S_01_gives_tokens_that_all_differ(self, wire, somebody):
        person = somebody()
        first = refresh(wire, person.refresh_token).json
        second = refresh(wire, first["refresh_token"]).json
        tokens = [person.refresh_token, first["refresh_token"], second["refresh_token"]]
        assert len(set(tokens)) == 3
        assert len({person.token, first["access_token"], second["access_token"]}) == 3
        assert {token.partition(".")[0] for token in tokens} == {person.session_id}

    def test_S_02_reuse_ends_the_family_and_no_other_session(self, strict):
        wire = Wire(strict.port)
        person = strict.person("Reused")
        body = {"username": person.username, "password": person.password}
        other = wire.post("/api/login", body).json
        newest = refresh(wire, person.refresh_token).json

        again = refresh(wire, person.refresh_token)

        assert (again.status, again.error) == (401, "refresh_token_reused")
        assert refresh(wire, newest["refresh_token"]).status == 401
        assert alive(wire, newest["access_token"]) == alive(wire, person.token) == {401}
        assert alive(wire, other["access_token"]) == {200}
        root = wire.of(strict.administrator)
        query = f"/api/audit-events?subject={person.id}&action=refresh_token.reused"
        [fact] = root.get(query).json["items"]
        assert fact["details"] == {"session": person.session_id}

    @pytest.mark.parametrize("attempt", range(5))
    def test_S_03_a_race_has_one_winner_whom_all_are_told(self, wire, somebody, attempt):
        person = somebody()
        answers = at_once([partial(refresh, wire, person.refresh_token)] * 20)
        assert {answer.status for answer in answers} == {200}
        [successor] = {answer.json["refresh_token"] for answer in answers}
        for answer in answers:
            assert wire.bearing(answer.json["access_token"]).get("/api/me").status == 200
        assert refresh(wire, successor).status == 200

    @pytest.mark.parametrize("attempt", range(5))
    def test_S_03_a_race_has_one_winner_alone_where_it_is_strict(self, strict, attempt):
        wire, person = Wire(strict.port), strict.person(f"Strict{attempt}")
        answers = at_once([partial(refresh, wire, person.refresh_token)] * 20)
        assert sorted(answer.status for answer in answers) == [200] + [401] * 19

    def test_S_04_an_answer_that_got_lost_can_be_asked_for_again(self, wire, somebody):
        person = somebody()
        lost = refresh(wire, person.refresh_token)
        again = refresh(wire, person.refresh_token)
        assert again.json["refresh_token"] == lost.json["refresh_token"]
        assert refresh(wire, again.json["refresh_token"]).status == 200

    def test_S_04_one_of_two_steps_before_cannot(self, wire, somebody):
        person = somebody()
        second = refresh(wire, person.refresh_token).json["refresh_token"]
        third = refresh(wire, second).json["refresh_token"]
        assert refresh(wire, person.refresh_token).error == "refresh_token_reused"
        assert refresh(wire, third).status == 401

    @pytest.mark.parametrize("letter", [0, 8, 36, 37, 60, -1])
    def test_S_02_a_token_with_one_letter_changed_ends_nothing(self, wire, somebody, letter):
        person = somebody()
        letters = list(person.refresh_token)
        letters[letter] = "0" if letters[letter] != "0" else "1"
        assert refresh(wire, "".join(letters)).error == "invalid_refresh_token"
        assert refresh(wire, person.refresh_token).status == 200


class TestTheEnd:
    def test_S_05_outlives_a_crash(self, serve, place):
        service = serve()
        wire, person, left = Wire(service.port), service.person("Ada"), service.person("Grace")
        newest = refresh(wire, person.refresh_token).json["refresh_token"]
        newest = refresh(wire, newest).json["refresh_token"]
        assert wire.of(left).post("/api/logout", None).status == 204
        service.kill()

        again = launch(place, service.settings)
        try:
            assert refresh(wire, left.refresh_token).status == 401
            assert wire.of(left).get("/api/me").status == 401
            assert refresh(wire, person.refresh_token).error == "refresh_token_reused"
            assert refresh(wire, newest).status == 401
        finally:
            again.stop()

    @pytest.mark.parametrize("scope", ["local", "others", "global"])
    def test_S_06_comes_at_once_on_every_worker_and_twice_without_harm(self, wire, somebody, scope):
        person = somebody()
        body = {"username": person.username, "password": person.password}
        other = wire.post("/api/login", body).json
        assert alive(wire, person.token) == alive(wire, other["access_token"]) == {200}

        for _ in range(2):
            answer = wire.of(person).post(f"/api/logout?scope={scope}", None)
            assert (answer.status, answer.body) == (204, b"")

        assert alive(wire, person.token) == ({200} if scope == "others" else {401})
        assert alive(wire, other["access_token"]) == ({200} if scope == "local" else {401})

    @pytest.mark.parametrize("scope", ["", "all", "LOCAL", "local&scope=global"])
    def test_S_06_has_three_scopes(self, wire, somebody, scope):
        person = somebody()
        assert wire.of(person).post(f"/api/logout?scope={scope}", None).status == 422
        assert wire.of(person).get("/api/me").status == 200

    def test_S_06_takes_a_token(self, wire):
        assert wire.post("/api/logout", None).status == 401

    def test_S_08_of_others_is_not_there(self, wire, somebody):
        one, other = somebody(), somebody()
        for session in (other.session_id, "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"):
            answer = wire.of(one).ask("DELETE", f"/api/me/sessions/{session}")
            assert (answer.status, answer.error) == (404, "session_not_found")
        assert wire.of(other).get("/api/me").status == 200

    def test_S_08_what_is_shown_holds_no_token(self, wire, somebody):
        person = somebody()
        answer = wire.of(person).get("/api/me/sessions", "User-Agent: curl/8.5.0")
        [shown] = answer.json["items"]
        assert shown["id"] == person.session_id
        assert shown["current"] is True
        secret = person.refresh_token.partition(".")[2]
        assert secret not in answer.body.decode()
        assert not [name for name in shown if "token" in name or "digest" in name or "salt" in name]

    def test_S_08_administrators_see_and_end_them(self, wire, root, somebody):
        person = somebody()
        theirs = f"/api/users/{person.id}/sessions"
        [shown] = root.get(theirs).json["items"]
        assert shown["current"] is False
        assert root.ask("DELETE", f"{theirs}/{shown['id']}").status == 204
        assert alive(wire, person.token) == {401}
        assert root.ask("DELETE", f"{theirs}/{shown['id']}").status == 404


CHANGES = {
    "own password": ("/api/me/password", {"new_password": "the analytical engine weaves"}),
    "address": ("email", "another-s09@example.org"),
    "suspension": ("status", "suspended"),
}


class TestAfterAChange:
    @pytest.mark.parametrize("name", CHANGES)
    def test_S_09_no_other_session_goes_on(self, wire, root, somebody, name):
        person = somebody()
        body = {"username": person.username, "password": person.password}
        other = wire.post("/api/login", body).json
        what, value = CHANGES[name]
        if what.startswith("/"):
            secret = {"current_password": person.password, **value}
            assert wire.of(person).post(what, secret).status == 200
        else:
            assert root.patch(f"/api/users/{person.id}", {what: value}).status == 200

        assert alive(wire, other["access_token"]) == {401}
        assert refresh(wire, other["refresh_token"]).status == 401
        events = root.get(f"/api/audit-events?subject={person.id}").json["items"]
        assert [event for event in events if event["details"].get("sessions_ended", 0) > 0]


def test_S_11_a_dump_of_the_database_holds_no_token(service, wire, somebody):
    given_out = []
    for _ in range(20):
        person = somebody()
        given_out += [
            person.refresh_token,
            refresh(wire, person.refresh_token).json["refresh_token"],
        ]
    assert len(set(given_out)) == 40

    dump = dump_of(service.local_service.app)

    for token in given_out:
        secret = token.partition(".")[2]
        content = urlsafe_b64decode(secret)
        for trace in (secret, content.hex(), json.dumps(secret)[1:20]):
            assert trace not in dump


def dump_of(app):
    with app.app_context(), db.engine.connect() as connection:
        return "\n".join(
            str(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in connection.execute(table.select())
        )
