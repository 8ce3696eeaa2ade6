"""Logging in as somebody else: L-01 to L-05, L-07 to L-09."""

import re
from functools import partial
from itertools import count

import psycopg
import pytest

from api.passwords import hashing
from tests.hostile.wire import Wire, at_once

numbers = count(1)
WRONG = "not the password"
TRIES = 5
EACH_WORKER = 30  # new connections, of which each of two workers gets some


def stranger():
    return f"stranger{next(numbers)}"


@pytest.fixture
def failures(wire, root, somebody):
    """Fail to log in for every reason there is."""
    known, suspended, deleted = (somebody() for _ in range(3))
    root.patch(f"/api/users/{suspended.id}", {"status": "suspended"})
    root.ask("DELETE", f"/api/users/{deleted.id}")
    bodies = {
        "unknown": {"username": stranger()},
        "unknown address": {"email": f"{stranger()}@example.org"},
        "no address": {"email": "no address"},
        "no username": {"username": "a b/c"},
        "wrong password": {"username": known.username},
        "wrong password, by address": {"email": known.email},
        "suspended": {"username": suspended.username, "password": suspended.password},
        "suspended and wrong": {"username": suspended.username},
        "deleted": {"username": deleted.username, "password": deleted.password},
        "of two accounts": {
            "username": known.username,
            "email": suspended.email,
            "password": known.password,
        },
        "half unknown": {
            "username": known.username,
            "email": f"{stranger()}@example.org",
            "password": known.password,
        },
    }
    return {
        reason: wire.post("/api/login", {"password": WRONG, **body})
        for reason, body in bodies.items()
    }


class TestEveryFailure:
    def test_L_01_looks_alike(self, failures):
        expected = failures["unknown"]
        assert (expected.status, expected.error) == (401, "invalid_credentials")
        for reason, answer in failures.items():
            assert answer.alike == expected.alike, reason
            assert [name for name, _ in answer.headers.items()] == [*expected.headers], reason

    def test_L_01_counts_alike_so_that_the_pause_tells_nothing(self, wire, root, somebody):
        suspended = somebody()
        root.patch(f"/api/users/{suspended.id}", {"status": "suspended"})
        owners = [somebody().username, suspended.username, stranger()]
        answers = [[wire.log_in(owner, WRONG) for _ in range(TRIES + 1)] for owner in owners]
        assert [[one.status for one in each] for each in answers] == [[401] * TRIES + [429]] * 3
        kinds = {
            (last.body.partition(b"request_id")[0], *sorted(last.headers)) for *_, last in answers
        }
        assert len(kinds) == 1

    def test_L_02_takes_the_same_work(self, build, monkeypatch):
        """The clock is asked by bench/login_timing.py, on a machine that has nothing else to do."""
        app = build(limits_enabled=True, login_attempts=100)
        asked = count_statements(monkeypatch)
        fail(app, {"username": "warming up"}, asked)
        work = {reason: fail(app, body, asked) for reason, body in reasons(app).items()}
        assert len({tuple(each) for each in work.values()}) == 1, work
        assert work["unknown"][0] == 1

    def test_L_02_a_password_beyond_all_length_takes_no_less(self, build):
        before = evaluations()
        client = build(limits_enabled=True).test_client()
        for name in ("unknown", "Known"):
            client.post("/api/login", json={"username": name, "password": "x" * 256})
        assert evaluations() - before == 2


def evaluations():
    return hashing.hashes_computed.labels("verify")._value.get()  # noqa: SLF001  it tells no other way


def count_statements(monkeypatch):
    """Let the driver write down how many statements it runs."""
    asked, execute = [], psycopg.Cursor.execute

    def counting(cursor, query, *arguments, **options):
        asked.append(query)
        return execute(cursor, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)
    return asked


def reasons(app):
    client, known = app.test_client(), {"username": "Known", "email": "known@example.org"}
    assert (
        client.post("/api/register", json={**known, "password": "long enough"}).status_code == 201
    )
    return {
        "unknown": {"username": "unknown"},
        "wrong": {"username": "Known"},
        "wrong again": {"username": "Known"},
        "unknown address": {"email": "unknown@example.org"},
        "wrong, by address": {"email": "known@example.org"},
    }


def fail(app, body, asked):
    asked.clear()
    before = evaluations()
    answer = app.test_client().post("/api/login", json={**body, "password": WRONG})
    assert answer.status_code == 401
    return evaluations() - before, len(asked)


class TestThePause:
    def test_L_03_begins_at_the_sixth_try_wherever_it_comes_from(self, wire, somebody):
        person = somebody()
        sources = [wire.coming_from(f"127.0.0.{host}") for host in range(2, 14)]

        answers = [source.log_in(person.username, WRONG) for source in sources]

        assert [answer.status for answer in answers] == [401] * TRIES + [429] * 7
        assert all(0 < int(late.headers["Retry-After"]) <= 300 for late in answers[TRIES:])
        right = wire.log_in(person.username, person.password)
        assert right.alike[0] == 429
        assert right.error == answers[-1].error
        assert wire.of(person).get("/api/me").status == 200  # who is in stays in

    def test_L_03_a_success_before_it_begins_anew(self, wire, somebody):
        person = somebody()
        guesses = [WRONG] * 4 + [person.password] + [WRONG] * 5
        answers = [wire.log_in(person.username, guess).status for guess in guesses]
        assert answers == [401] * 4 + [200] + [401] * 5

    @pytest.mark.parametrize("is_known", [True, False])
    def test_L_04_is_the_same_in_every_spelling(self, wire, somebody, is_known):
        name = f"caf\u00e9{next(numbers)}"
        address = f"{name}@example.org"
        if is_known:
            somebody(email=address)
        spellings = [
            address,
            address.upper(),
            f" {address} ",
            address.replace("\u00e9", "e\u0301"),
            f"{name}@EXAMPLE.org",
            f"\uff43{address[1:]}",
        ]
        answers = [
            wire.post("/api/login", {"email": spelling, "password": WRONG}).status
            for spelling in spellings
        ]
        assert answers == [401] * TRIES + [429]

    def test_S_02_two_names_of_one_account_are_answered_like_names_of_none(self, wire, somebody):
        person = somebody()
        for names in (person.username, person.email), (stranger(), f"{stranger()}@example.org"):
            answers = [
                wire.post("/api/login", {kind: name, "password": WRONG}).status
                for kind, name in zip(("username", "email"), names, strict=True)
                for _ in range(TRIES + 1)
            ]
            assert answers == ([401] * TRIES + [429]) * 2

    def test_L_05_does_not_end_with_a_success_elsewhere(self, tight):
        """Ten logins from an address and five guesses at an account are heard, whoever succeeds."""
        wire = Wire(tight.port, source="127.0.5.5")
        victim, attacker = tight.person("L05Victim"), tight.person("L05Attacker")
        turn = [victim.username] * 4 + [attacker.username]
        guesses = [(name, attacker.password if name == turn[-1] else WRONG) for name in turn * 3]

        answers = [wire.log_in(*guess).status for guess in guesses]

        assert answers == [401] * 4 + [200] + [401] + [429] * 3 + [200] + [429] * 5
        elsewhere = wire.coming_from("127.0.5.6").log_in(attacker.username, attacker.password)
        assert elsewhere.status == 200

    def test_L_07_counts_before_it_looks(self, wire, somebody, hashed):
        person = somebody()
        answers = at_once([partial(wire.log_in, person.username, WRONG)] * 100)
        statuses = [answer.status for answer in answers]
        assert statuses.count(401) <= TRIES
        assert statuses.count(401) + statuses.count(429) == 100
        assert hashed() <= TRIES


class TestALogin:
    def test_L_08_is_a_session_of_its_own(self, wire, somebody, forge):
        person = somebody()
        chosen = forge.token(person, jti="chosen")
        line = f"Cookie: session=chosen; sid=chosen; access_token_cookie={chosen}"
        body = {"username": person.username, "password": person.password}
        tokens = {
            wire.bearing(chosen).post("/api/login", body, line).json["access_token"]
            for _ in range(3)
        }
        assert len(tokens) == 3
        assert all(chosen != token for token in tokens)
        assert "Set-Cookie" not in wire.post("/api/login", body).headers

    @pytest.mark.parametrize("member", ["sid", "jti", "session", "access_token", "token"])
    def test_L_08_does_not_take_what_it_is_to_give(self, wire, somebody, member):
        person = somebody()
        body = {"username": person.username, "password": person.password, member: "chosen"}
        assert wire.post("/api/login", body).status == 422

    def test_L_08_is_not_to_be_had_by_address_or_cookie(self, service, wire, somebody):
        person = somebody(password="canary8d21 in the address")
        word = "canary8d21%20in%20the%20address"
        credentials = f"username={person.username}&password={word}"
        assert wire.get(f"/api/login?{credentials}").status == 405
        assert wire.post(f"/api/login?{credentials}", {}).status == 422
        assert wire.get(f"/api/me?access_token={person.token}").status == 401
        assert wire.get(f"/api/me?jwt={person.token}").status == 401
        assert wire.get("/api/me", f"Cookie: access_token_cookie={person.token}").status == 401
        assert wire.post("/api/me/password", {"access_token": person.token}).status == 401
        assert not re.search(f"canary8d21|{person.token}", service.log())


class TestWhoIsOut:
    @pytest.mark.parametrize("how", ["suspended", "deleted"])
    def test_L_09_is_out_at_once_on_every_worker(self, wire, root, somebody, how):
        person = somebody()
        me, its = wire.of(person), f"/api/users/{person.id}"
        assert {me.get("/api/me").status for _ in range(EACH_WORKER)} == {200}
        if how == "deleted":
            assert root.ask("DELETE", its).status == 204
        else:
            assert root.patch(its, {"status": "suspended"}).status == 200

        assert {me.get("/api/me").status for _ in range(EACH_WORKER)} == {401}
        assert {me.patch("/api/me", {}).status for _ in range(8)} == {401}
        assert wire.log_in(person.username, person.password).status == 401

    def test_L_09_is_out_also_with_a_token_of_later(self, wire, root, somebody, forge):
        person = somebody()
        root.patch(f"/api/users/{person.id}", {"status": "suspended"})
        assert wire.bearing(forge.token(person)).get("/api/me").status == 401
        refreshed = wire.post("/api/refresh", {"refresh_token": person.refresh_token})
        assert (refreshed.status, refreshed.error) == (401, "invalid_refresh_token")

    def test_L_09_old_tokens_stay_dead_when_the_account_is_active_again(self, wire, root, somebody):
        person = somebody()
        for status in ("suspended", "active"):
            assert root.patch(f"/api/users/{person.id}", {"status": status}).status == 200
        assert {wire.of(person).get("/api/me").status for _ in range(EACH_WORKER)} == {401}
        assert wire.log_in(person.username, person.password).status == 200
