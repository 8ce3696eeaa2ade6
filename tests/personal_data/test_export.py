"""What the export of a user contains, and what it leaves out."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import TokenPurpose
from api.outbox import queue
from api.outbox.errors import PermanentDeliveryError
from api.outbox.models import OutboxMessage
from api.personal_data import lists
from api.sessions.models import Session
from api.users.models import User
from tests.support import PASSWORD, anonymous

PATH = "/api/me/export"
EXPORTED_EVENT = "user.exported"


def list_actions(export):
    return [event["action"] for event in export["audit_events"]]


def test_a_user_gets_the_account_the_sessions_and_the_events(person, administrator):
    ada = person("Ada")
    ada.patch("/api/me", {"display_name": "Ada", "user_metadata": {"theme": "dark"}})
    administrator.patch(f"/api/users/{ada.id}", {"app_metadata": {"plan": "free"}})
    administrator.put(f"/api/users/{ada.id}/roles/admin", None, expecting=204)

    export = ada.get(PATH).json

    user = export["user"]
    assert (user["id"], user["email"], user["roles"]) == (ada.id, ada.email, ["admin", "user"])
    assert (user["user_metadata"], user["app_metadata"]) == ({"theme": "dark"}, {"plan": "free"})
    assert [session["id"] for session in export["sessions"]] == [ada.session_id]
    assert set(list_actions(export)) == {"user.updated", "role.granted"}
    assert export["login_attempts"]["attempts"] == 0
    assert (export["truncated"], export["next"]) == ([], None)
    assert list_actions(ada.get(PATH).json)[0] == EXPORTED_EVENT


def test_A_05_an_export_has_no_secret_and_no_hash(app, person):
    ada = person("Ada")
    with app.app_context(), transaction():
        token = one_time_tokens.create(
            TokenPurpose.RESET_PASSWORD,
            lifetime=timedelta(hours=1),
            user_id=UUID(ada.id),
            email="a@b.de",
        )
        stored = db.session.get(User, UUID(ada.id)).password_hash
        digest = db.session.get(Session, UUID(ada.session_id)).newest_digest
    text = ada.get(PATH).text

    for secret in (token, one_time_tokens.compute_digest(token), stored, digest, PASSWORD):
        assert secret not in text
    for member in ("password_hash", "digest", 'token"', "content"):
        assert member not in text
    assert ada.get(PATH).json["pending_links"][0]["purpose"] == "reset_password"


def test_A_05_an_export_has_no_data_of_other_persons(person, administrator, user):
    ada = person("Ada")
    administrator.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    administrator.patch(f"/api/users/{ada.id}", {"app_metadata": {"plan": "free"}})
    administrator.put(f"/api/users/{ada.id}/roles/admin", None, expecting=204)
    ada.client.environ_base["REMOTE_ADDR"] = "198.51.100.8"
    ada.patch("/api/me", {"display_name": "Ada"})
    ada.post("/api/invitations", {"email": "grace@example.org"})

    response = ada.get(PATH)

    assert "grace@example.org" not in response.text
    assert "203.0.113.77" not in response.text
    assert "198.51.100.8" in response.text
    assert [each["state"] for each in response.json["sent_invitations"]] == ["open"]


def test_A_05_an_export_has_no_ip_address_of_a_stranger(person):
    ada, stranger = person("Ada"), "203.0.113.77"
    anonymous(ada.client).post(
        "/api/login",
        {"username": "Ada", "password": "a guess"},
        environ_overrides={"REMOTE_ADDR": stranger},
        expecting=401,
    )

    response = ada.get(PATH)

    [failed] = [each for each in response.json["audit_events"] if each["action"] == "login.failed"]
    assert failed["address"] is None
    assert stranger not in response.text


def test_A_05_an_export_has_no_session_of_an_administrator(administrator, person):
    ada = person("Ada")
    administrator.patch(f"/api/users/{ada.id}", {"app_metadata": {"plan": "free"}})
    ada.patch("/api/me", {"display_name": "Ada"})

    events = ada.get(PATH).json["audit_events"]

    own, other = [each for each in events if each["action"] == "user.updated"]
    assert (own["actor_id"], other["actor_id"]) == (ada.id, administrator.id)
    assert own["credential_id"]
    assert other["credential_id"] is None


def give_up_mails(app):
    """Let the mail server reject all mails for good."""
    with app.app_context():
        for message in db.session.scalars(select(OutboxMessage)).all():
            error = PermanentDeliveryError("no such mailbox")
            in_transaction(lambda it=message, error=error: queue.record_outcome(it, error))


def test_R_01_an_export_does_not_reveal_whether_a_new_address_has_an_account(app, person):
    ada, grace, alan = person("Ada"), person("Grace"), person("Alan")
    ada.post("/api/me/email", {"email": alan.email}, expecting=202)
    grace.post("/api/me/email", {"email": "free@example.org"}, expecting=202)
    give_up_mails(app)

    taken, free = (each.get(PATH).json for each in (ada, grace))

    assert [mail["name"] for mail in taken["mails"]] == ["email_change_notice"]
    assert [mail["name"] for mail in free["mails"]] == ["email_change_notice"]
    assert len(taken["pending_links"]) == len(free["pending_links"])
    assert list_actions(taken) == list_actions(free)
    assert "outbox.message_failed" in list_actions(taken)


def test_S_10_an_export_needs_a_recent_password(person, monkeypatch):
    ada = person("Ada")
    now = clock.now() + timedelta(seconds=601)
    monkeypatch.setattr(clock, "now", lambda: now)
    assert ada.get(PATH, expecting=401).json["error"] == "insufficient_user_authentication"
    ada.post("/api/me/reauthenticate", {"password": PASSWORD}, expecting=204)
    ada.get(PATH)


def test_A_01_an_export_needs_a_login(anyone):
    anyone.get(PATH, expecting=401)


def test_all_events_are_on_the_pages_once(person, administrator):
    ada = person("Ada")
    for number in range(4):
        ada.patch("/api/me", {"display_name": f"Ada {number}"})
        administrator.patch(f"/api/users/{ada.id}", {"app_metadata": {"number": number}})
    first = ada.get(PATH, query_string={"limit": 3})
    assert 'rel="next"' in first.headers["Link"]
    found, page = [], first.json
    while page["next"]:
        found += page["audit_events"]
        page = ada.get(PATH, query_string={"limit": 3, "cursor": page["next"]}).json
    found += page["audit_events"]

    assert len({event["id"] for event in found}) == len(found) == 8
    assert sorted(found, key=lambda event: event["at"], reverse=True) == found
    assert list_actions(ada.get(PATH).json).count(EXPORTED_EVENT) == 1


def test_a_list_that_is_too_long_is_cut_and_named(person, monkeypatch, app):
    monkeypatch.setattr("api.personal_data.service.MAX_ITEMS", 2)
    ada = person("Ada")
    for _ in range(2):
        anonymous(ada.client).post(
            "/api/login", {"username": "Ada", "password": PASSWORD}, expecting=200
        )
    export = ada.get(PATH).json
    assert (len(export["sessions"]), export["truncated"]) == (2, ["sessions"])
    assert ada.session_id not in [session["id"] for session in export["sessions"]]
    assert lists.MAX_ITEMS == 1000


def test_the_limit_of_exports(build, person):
    ada = person("Ada")
    app = build(LIMITS_ENABLED=True, LIMIT_OWN_EXPORTS_PER_USER="2 per hour")
    ada.client = app.test_client()
    for status in (200, 200, 429):
        ada.get(PATH, expecting=status)


def test_an_export_has_the_api_keys_and_where_they_were_used(person):
    ada = person("Ada")
    made = ada.post("/api/me/api-keys", {"name": "Nightly report", "scopes": []}).json

    export = ada.get(PATH).json

    assert export["api_keys"] == ada.get("/api/me/api-keys").json["items"]
    [network] = export["api_key_networks"]
    assert (network["key_id"], network["network"]) == (made["id"], "127.0.0.0/24")
    assert made["key"] not in str(export)
