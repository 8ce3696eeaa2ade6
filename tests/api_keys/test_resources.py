"""A user's own API keys over HTTP."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, update

from api.api_keys.models import ApiKey
from api.api_keys.schemas import DEFAULT_OVERLAP_SECONDS
from api.core.database import db, transaction
from api.core.program_secrets import make_digest
from api.sessions.models import Session
from tests.api_keys.support import as_program

PATH = "/api/me/api-keys"
FORM = re.compile(r"rb_live_[0-9A-Za-z]{49}")
UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2fff"


def in_days(days):
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def get_rule(answer):
    return [(each["pointer"], each["rule"]) for each in answer["errors"]]


@pytest.fixture
def age_sessions(app):
    """Return a function that lets all sessions have authenticated an hour ago."""

    def age():
        with app.app_context(), transaction():
            hour_ago = datetime.now(UTC) - timedelta(hours=1)
            db.session.execute(update(Session).values(authenticated_at=hour_ago))

    return age


class TestCreating:
    def test_K_01_the_key_is_shown_once_and_only_its_digest_is_stored(self, app, ada, create):
        made = create()

        assert FORM.fullmatch(made["key"])
        assert made["hint"] == f"rb_live_…{made['key'][-4:]}"
        for path in (PATH, f"{PATH}/{made['id']}", "/api/me/sessions"):
            assert made["key"] not in ada.get(path).text
        with app.app_context():
            stored = db.session.execute(select(*ApiKey.__table__.columns)).one()
        assert stored.digest == make_digest(made["key"])
        assert made["key"][:-4] not in str(stored)

    def test_a_key_works_at_once(self, client, ada, create):
        program = as_program(client, create(scopes=["users:read"])["key"])

        program.get("/api/users")
        assert program.get("/api/me").json["id"] == ada.id

    def test_a_key_expires_after_the_maximum_without_another_time(self, create):
        expires_at = datetime.fromisoformat(create()["expires_at"])

        assert timedelta(days=364) < expires_at - datetime.now(UTC) <= timedelta(days=365)

    def test_a_key_expires_when_its_owner_wants(self, create):
        in_paris = datetime.fromisoformat(in_days(30)).astimezone(timezone(timedelta(hours=1)))

        expires_at = create(expires_at=in_paris.isoformat())["expires_at"]

        assert datetime.fromisoformat(expires_at) == in_paris

    @pytest.mark.parametrize(
        ("expires_at", "rule"),
        [(None, "required"), (in_days(-1), "past"), (in_days(366), "too_late")],
        ids=["none", "yesterday", "in 366 days"],
    )
    def test_K_04_a_key_of_a_user_has_to_expire(self, create, expires_at, rule):
        assert get_rule(create(expires_at=expires_at, expecting=422)) == [("/expires_at", rule)]

    def test_without_a_maximum_a_key_need_not_expire(self, build, person):
        client = build(API_KEY_MAX_DAYS=0).test_client()
        ada = person("Ada")
        ada.client = client

        for body in ({"name": "a", "scopes": []}, {"name": "b", "scopes": [], "expires_at": None}):
            assert ada.post(PATH, body).json["expires_at"] is None

    def test_networks_are_stored_in_one_form(self, create):
        networks = ["192.0.2.7", "192.0.2.7/32", "2001:DB8::/32"]

        made = create(allowed_networks=networks)

        assert made["allowed_networks"] == ["192.0.2.7/32", "2001:db8::/32"]

    @pytest.mark.parametrize(
        "network",
        ["192.0.2.7/24", "localhost", "::ffff:192.0.2.0/120", "10.0", "fe80::1%x", "fe80::%1/64"],
    )
    def test_other_texts_are_no_networks(self, create, network):
        answer = create(allowed_networks=[network], expecting=422)

        assert get_rule(answer) == [("/allowed_networks/0", "format")]

    def test_the_limit_of_a_key_is_at_most_that_of_others(self, create):
        assert create(requests_per_minute=600)["requests_per_minute"] == 600
        answer = create(requests_per_minute=601, expecting=422)
        assert get_rule(answer) == [("/requests_per_minute", "maximum")]

    def test_K_02_scopes_beyond_the_own_permissions_are_denied(self, create, person):
        grace = person("Grace")

        answer = create(by=grace, scopes=["users:read"], expecting=403)

        assert (answer["error"], answer["permission"]) == ("permission_denied", "users:read")

    @pytest.mark.parametrize("member", ["user_id", "owner", "service_account_id", "created_by"])
    def test_K_02_a_body_cannot_name_the_owner(self, create, person, member):
        answer = create(**{member: person("Grace").id}, expecting=422)

        assert get_rule(answer) == [(f"/{member}", "additional_properties")]

    def test_K_02_only_a_user_who_is_logged_in_creates_keys(self, anyone, create):
        create(by=anyone, expecting=401)

    def test_K_03_the_password_must_have_been_given_recently(self, create, age_sessions):
        age_sessions()

        answer = create(expecting=401)

        assert answer["error"] == "insufficient_user_authentication"

    def test_a_user_has_at_most_20_keys(self, create, ada):
        made = [create()["id"] for _ in range(20)]

        assert create(expecting=409)["error"] == "too_many_api_keys"
        ada.delete(f"{PATH}/{made[0]}")
        create()

    def test_the_location_can_be_read(self, ada):
        answer = ada.post(PATH, {"name": "x", "scopes": []})

        path = answer.headers["Location"].partition("8000")[2]
        assert ada.get(path).json["id"] == answer.json["id"]
        assert answer.headers["Cache-Control"] == "no-store"


class TestPrograms:
    """K-03: a key does nothing that concerns the account itself."""

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", PATH, {"name": "x", "scopes": []}),
            ("GET", PATH, None),
            ("GET", "/api/me/sessions", None),
            ("PATCH", "/api/me", {"display_name": "Eve"}),
            ("DELETE", "/api/me", None),
            ("POST", "/api/me/password", {"current_password": "a", "new_password": "b"}),
            ("POST", "/api/me/email", {"email": "eve@example.org"}),
            ("POST", "/api/me/reauthenticate", {"password": "correct horse battery"}),
            ("POST", "/api/logout", None),
        ],
    )
    def test_K_03_a_key_cannot_change_the_account(self, client, create, method, path, body):
        program = as_program(client, create(scopes=["users:write"])["key"])

        answer = program.ask(method, path, json=body, expecting=403)

        assert answer.json["error"] == "session_required"

    def test_K_03_a_key_cannot_change_its_owner_by_id(self, client, ada, create):
        program = as_program(client, create(scopes=["users:write", "api_keys:write"])["key"])
        path = f"/api/users/{ada.id}"

        program.patch(path, {"display_name": "Eve"}, expecting=403)
        program.delete(path, expecting=403)
        program.delete(f"{path}/api-keys/{UNKNOWN}", expecting=403)

    def test_K_03_a_key_cannot_rotate_or_revoke_itself(self, client, create):
        made = create()
        program = as_program(client, made["key"])

        program.post(f"{PATH}/{made['id']}/rotate", {}, expecting=403)
        program.delete(f"{PATH}/{made['id']}", expecting=403)


class TestListing:
    def test_the_newest_key_is_the_first(self, ada, create):
        made = [create(name=name)["id"] for name in ("one", "two")]

        assert [key["id"] for key in ada.get(PATH).json["items"]] == made[::-1]

    def test_the_sessions_come_with_the_keys(self, ada, create):
        create()

        overview = ada.get("/api/me/sessions").json

        assert overview["api_keys"] == ada.get(PATH).json["items"]
        assert "api_keys" not in ada.get(f"/api/users/{ada.id}/sessions").json

    def test_K_02_the_key_of_another_user_is_not_found(self, create, person):
        grace, path = person("Grace"), f"{PATH}/{create()['id']}"

        for method, to in (("GET", path), ("DELETE", path), ("POST", f"{path}/rotate")):
            body = {} if method == "POST" else None
            answer = grace.ask(method, to, json=body, expecting=404)
            assert answer.json["error"] == "api_key_not_found"
        assert grace.get(PATH).json["items"] == []


class TestRevoking:
    def test_K_04_a_revoked_key_is_not_valid(self, client, ada, create):
        made = create()
        program = as_program(client, made["key"])
        program.get("/api/me")

        ada.delete(f"{PATH}/{made['id']}")

        program.get("/api/me", expecting=401)
        ada.delete(f"{PATH}/{made['id']}", expecting=404)

    def test_it_needs_no_recent_authentication(self, ada, create, age_sessions):
        key = create()
        age_sessions()

        ada.delete(f"{PATH}/{key['id']}")


class TestRotating:
    @pytest.fixture
    def rotate(self, ada):
        def rotate_key(key, expecting=201, **members):
            return ada.post(f"{PATH}/{key['id']}/rotate", members, expecting=expecting).json

        return rotate_key

    def test_both_keys_are_valid_during_the_overlap(self, client, ada, create, rotate):
        former = create(scopes=["users:read"], allowed_networks=["127.0.0.0/8"])

        new = rotate(former)

        assert new["id"] != former["id"]
        assert new["key"] != former["key"]
        same = ("name", "scopes", "allowed_networks", "requests_per_minute")
        assert [new[name] for name in same] == [former[name] for name in same]
        for key in (former, new):
            as_program(client, key["key"]).get("/api/users")
        replaced = ada.get(f"{PATH}/{former['id']}").json
        assert replaced["successor_id"] == new["id"]
        left = datetime.fromisoformat(replaced["expires_at"]) - datetime.now(UTC)
        assert left.total_seconds() == pytest.approx(DEFAULT_OVERLAP_SECONDS, abs=60)

    def test_the_new_key_has_the_lifetime_of_the_former_one(self, create, rotate):
        former = create(expires_at=in_days(30))

        left = datetime.fromisoformat(rotate(former)["expires_at"]) - datetime.now(UTC)

        assert left.total_seconds() == pytest.approx(30 * 86_400, abs=60)

    def test_a_new_key_expires_at_the_latest_after_the_maximum(self, build, ada, create, rotate):
        former = create()
        ada.client = build(API_KEY_MAX_DAYS=10).test_client()

        left = datetime.fromisoformat(rotate(former)["expires_at"]) - datetime.now(UTC)

        assert left <= timedelta(days=10)

    def test_without_overlap_the_former_key_ends_at_once(self, client, create, rotate):
        former = create()
        rotate(former, overlap_seconds=0)

        as_program(client, former["key"]).get("/api/me", expecting=401)

    def test_an_overlap_does_not_prolong_a_key(self, ada, create, rotate):
        former = create(expires_at=in_days(1 / 24))
        rotate(former)

        assert ada.get(f"{PATH}/{former['id']}").json["expires_at"] == former["expires_at"]

    def test_K_04_a_key_is_rotated_once(self, create, rotate):
        former = create()
        new = rotate(former)

        assert rotate(former, expecting=409)["error"] == "api_key_rotated"
        rotate(new)

    def test_rotated_keys_that_are_valid_are_limited(self, create, rotate):
        key = create()
        for _ in range(39):
            key = rotate(key)

        assert rotate(key, expecting=409)["error"] == "too_many_api_keys"

    def test_rotated_keys_that_have_expired_are_not_counted(self, ada, create, rotate):
        key = create()
        for _ in range(45):
            key = rotate(key, overlap_seconds=0)

        assert len(ada.get(PATH).json["items"]) == 2

    def test_a_user_with_20_keys_can_rotate_them(self, create, rotate):
        made = [create() for _ in range(20)]

        rotate(made[0])

    def test_the_password_must_have_been_given_recently(self, create, rotate, age_sessions):
        key = create()
        age_sessions()

        assert rotate(key, expecting=401)["error"] == "insufficient_user_authentication"


class TestEvents:
    def test_each_change_is_recorded_without_the_key(self, app, ada, create, recorded):
        made = create()
        new = ada.post(f"{PATH}/{made['id']}/rotate", {}).json
        ada.delete(f"{PATH}/{new['id']}")

        events = ada.get("/api/audit-events", query_string={"subject": ada.id}).json["items"]
        found = {event["action"]: event for event in events}
        assert found["api_key.created"]["details"] == {"api_key": made["id"], "scopes": []}
        assert found["api_key.rotated"]["details"] == {
            "api_key": made["id"],
            "successor": new["id"],
            "overlap_seconds": DEFAULT_OVERLAP_SECONDS,
        }
        assert found["api_key.revoked"]["details"] == {
            "api_key": new["id"],
            "reason": "revoked_by_owner",
        }

    def test_no_key_is_logged(self, client, ada, create, capsys):
        made = create()
        ada.post(f"{PATH}/{made['id']}/rotate", {})
        as_program(client, made["key"]).get("/api/me")

        assert "rb_live_" not in capsys.readouterr().out
