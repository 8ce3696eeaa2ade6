"""Guessing passwords: L-01 to L-05, L-07 to L-09."""

import re
from functools import partial
from itertools import count

import psycopg
import pytest

from api.passwords import hashing
from tests.hostile.wire import Wire, at_once

numbers = count(1)
WRONG = "not the password"
ATTEMPTS = 5
REQUESTS_FOR_ALL_WORKERS = 30  # new connections, of which each of two workers gets some


def new_unknown_name():
    return f"new_unknown_name{next(numbers)}"


@pytest.fixture
def failures(wire, root, make_person):
    """Return the response to a failed login for each reason of failure."""
    known, suspended, deleted = (make_person() for _ in range(3))
    root.patch(f"/api/users/{suspended.id}", {"status": "suspended"})
    root.ask("DELETE", f"/api/users/{deleted.id}")
    bodies = {
        "unknown": {"username": new_unknown_name()},
        "unknown address": {"email": f"{new_unknown_name()}@example.org"},
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
            "email": f"{new_unknown_name()}@example.org",
            "password": known.password,
        },
    }
    return {
        reason: wire.post("/api/login", {"password": WRONG, **body})
        for reason, body in bodies.items()
    }


class TestFailedLogins:
    def test_L_01_all_failures_have_the_same_response(self, failures):
        expected = failures["unknown"]
        assert (expected.status, expected.error) == (401, "invalid_credentials")
        for reason, answer in failures.items():
            assert answer.comparable == expected.comparable, reason
            assert [name for name, _ in answer.headers.items()] == [*expected.headers], reason

    def test_L_01_all_accounts_pause_after_the_same_number_of_failures(
        self, wire, root, make_person
    ):
        suspended = make_person()
        root.patch(f"/api/users/{suspended.id}", {"status": "suspended"})
        owners = [make_person().username, suspended.username, new_unknown_name()]
        answers = [[wire.log_in(owner, WRONG) for _ in range(ATTEMPTS + 1)] for owner in owners]
        assert [[one.status for one in each] for each in answers] == [[401] * ATTEMPTS + [429]] * 3
        kinds = {
            (last.body.partition(b"request_id")[0], *sorted(last.headers)) for *_, last in answers
        }
        assert len(kinds) == 1

    def test_L_02_all_failures_take_one_hash_and_the_same_statements(self, build, monkeypatch):
        """bench/login_timing.py compares the times, on an idle machine."""
        app = build(limits_enabled=True, login_attempts=100)
        asked = count_statements(monkeypatch)
        fail(app, {"username": "warming up"}, asked)
        work = {reason: fail(app, body, asked) for reason, body in reasons(app).items()}
        assert len({tuple(each) for each in work.values()}) == 1, work
        assert work["unknown"][0] == 1

    def test_L_02_a_too_long_password_takes_one_hash(self, build):
        before = evaluations()
        client = build(limits_enabled=True).test_client()
        for name in ("unknown", "Known"):
            client.post("/api/login", json={"username": name, "password": "x" * 256})
        assert evaluations() - before == 2


def evaluations():
    return hashing.hashes_computed.labels("verify")._value.get()  # noqa: SLF001  it has no public getter


def count_statements(monkeypatch):
    """Return a list to which the driver adds each statement that it runs."""
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


class TestPause:
    def test_L_03_an_account_pauses_after_five_failures_from_any_address(self, wire, make_person):
        person = make_person()
        sources = [wire.from_address(f"127.0.0.{host}") for host in range(2, 14)]

        answers = [source.log_in(person.username, WRONG) for source in sources]

        assert [answer.status for answer in answers] == [401] * ATTEMPTS + [429] * 7
        assert all(0 < int(late.headers["Retry-After"]) <= 300 for late in answers[ATTEMPTS:])
        right = wire.log_in(person.username, person.password)
        assert right.comparable[0] == 429
        assert right.error == answers[-1].error
        assert wire.as_person(person).get("/api/me").status == 200  # existing sessions go on

    def test_L_03_a_success_resets_the_count(self, wire, make_person):
        person = make_person()
        guesses = [WRONG] * 4 + [person.password] + [WRONG] * 5
        answers = [wire.log_in(person.username, guess).status for guess in guesses]
        assert answers == [401] * 4 + [200] + [401] * 5

    @pytest.mark.parametrize("is_known", [True, False])
    def test_L_04_all_spellings_of_a_name_count_together(self, wire, make_person, is_known):
        name = f"caf\u00e9{next(numbers)}"
        address = f"{name}@example.org"
        if is_known:
            make_person(email=address)
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
        assert answers == [401] * ATTEMPTS + [429]

    def test_S_02_known_and_unknown_names_count_alike(self, wire, make_person):
        person = make_person()
        for names in (
            (person.username, person.email),
            (new_unknown_name(), f"{new_unknown_name()}@example.org"),
        ):
            answers = [
                wire.post("/api/login", {kind: name, "password": WRONG}).status
                for kind, name in zip(("username", "email"), names, strict=True)
                for _ in range(ATTEMPTS + 1)
            ]
            assert answers == ([401] * ATTEMPTS + [429]) * 2

    def test_L_05_a_success_of_another_account_does_not_reset_the_count(self, tight):
        """Only ten logins per IP address and five failures per account are processed."""
        wire = Wire(tight.port, source="127.0.5.5")
        victim, attacker = tight.person("L05Victim"), tight.person("L05Attacker")
        turn = [victim.username] * 4 + [attacker.username]
        guesses = [(name, attacker.password if name == turn[-1] else WRONG) for name in turn * 3]

        answers = [wire.log_in(*guess).status for guess in guesses]

        assert answers == [401] * 4 + [200] + [401] + [429] * 3 + [200] + [429] * 5
        elsewhere = wire.from_address("127.0.5.6").log_in(attacker.username, attacker.password)
        assert elsewhere.status == 200

    def test_L_07_simultaneous_attempts_do_not_exceed_the_limit(
        self, wire, make_person, count_hashes
    ):
        person = make_person()
        wire.log_in(person.username, person.password)  # makes a hash of the usual cost
        count_hashes()
        answers = at_once([partial(wire.log_in, person.username, WRONG)] * 100)
        statuses = [answer.status for answer in answers]
        assert statuses.count(401) <= ATTEMPTS
        assert statuses.count(401) + statuses.count(429) == 100
        assert count_hashes() <= ATTEMPTS


class TestSuccessfulLogins:
    def test_L_08_each_login_opens_a_new_session(self, wire, make_person, forge):
        person = make_person()
        chosen = forge.token(person, jti="chosen")
        line = f"Cookie: session=chosen; sid=chosen; access_token_cookie={chosen}"
        body = {"username": person.username, "password": person.password}
        tokens = {
            wire.with_token(chosen).post("/api/login", body, line).json["access_token"]
            for _ in range(3)
        }
        assert len(tokens) == 3
        assert all(chosen != token for token in tokens)
        assert "Set-Cookie" not in wire.post("/api/login", body).headers

    @pytest.mark.parametrize("member", ["sid", "jti", "session", "access_token", "token"])
    def test_L_08_a_client_cannot_choose_token_or_session(self, wire, make_person, member):
        person = make_person()
        body = {"username": person.username, "password": person.password, member: "chosen"}
        assert wire.post("/api/login", body).status == 422

    def test_L_08_credentials_in_url_or_cookie_are_ignored_and_not_logged(
        self, service, wire, make_person
    ):
        person = make_person(password="canary8d21 in the address")
        word = "canary8d21%20in%20the%20address"
        credentials = f"username={person.username}&password={word}"
        assert wire.get(f"/api/login?{credentials}").status == 405
        assert wire.post(f"/api/login?{credentials}", {}).status == 422
        assert wire.get(f"/api/me?access_token={person.token}").status == 401
        assert wire.get(f"/api/me?jwt={person.token}").status == 401
        assert wire.get("/api/me", f"Cookie: access_token_cookie={person.token}").status == 401
        assert wire.post("/api/me/password", {"access_token": person.token}).status == 401
        assert not re.search(f"canary8d21|{person.token}", service.log())


class TestEndedAccounts:
    @pytest.mark.parametrize("how", ["suspended", "deleted"])
    def test_L_09_suspension_and_deletion_end_access_at_once_on_every_worker(
        self, wire, root, make_person, how
    ):
        person = make_person()
        me, its = wire.as_person(person), f"/api/users/{person.id}"
        assert {me.get("/api/me").status for _ in range(REQUESTS_FOR_ALL_WORKERS)} == {200}
        if how == "deleted":
            assert root.ask("DELETE", its).status == 204
        else:
            assert root.patch(its, {"status": "suspended"}).status == 200

        assert {me.get("/api/me").status for _ in range(REQUESTS_FOR_ALL_WORKERS)} == {401}
        assert {me.patch("/api/me", {}).status for _ in range(8)} == {401}
        assert wire.log_in(person.username, person.password).status == 401

    def test_L_09_a_suspended_user_cannot_use_a_newer_token(self, wire, root, make_person, forge):
        person = make_person()
        root.patch(f"/api/users/{person.id}", {"status": "suspended"})
        assert wire.with_token(forge.token(person)).get("/api/me").status == 401
        refreshed = wire.post("/api/refresh", {"refresh_token": person.refresh_token})
        assert (refreshed.status, refreshed.error) == (401, "invalid_refresh_token")

    def test_L_09_reactivation_does_not_revive_tokens(self, wire, root, make_person):
        person = make_person()
        for status in ("suspended", "active"):
            assert root.patch(f"/api/users/{person.id}", {"status": status}).status == 200
        assert {
            wire.as_person(person).get("/api/me").status for _ in range(REQUESTS_FOR_ALL_WORKERS)
        } == {401}
        assert wire.log_in(person.username, person.password).status == 200
