"""Nothing but ids remains of a user who has used everything, and only where it is meant (A-08)."""

from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from api.core.database import db, in_transaction
from api.jobs.registry import repeat_in_transactions
from api.users.models import User
from api.users.purging import purge_batch
from api.webhooks.erasure import erase_batch
from tests.mails import read_mails
from tests.support import anonymous
from tests.webhooks.receiver import receive, respond

PASSWORD = "a foot of wire and more"
ADDRESS = "198.51.100.77"
NAMES = ("lovelace", "countess", "analytical engine", ADDRESS)  # what only Ada's data contain
ADA = {"username": "lovelace", "email": "lovelace@example.org", "password": PASSWORD}
NEW_EMAIL, THIRD_EMAIL = "countess@example.net", "countess@example.com"
REASON = "Lovelace has lost a laptop"
ABOUT_ADA = ["user.created", "user.suspended", "user.updated", "user.deleted", "user.purged"]

AUDIT_LOG = "the audit log is append-only, and names the person by the id"
# Where the id remains, and why.
ID_REMAINS = {
    ("audit_events", "actor_id"): AUDIT_LOG,
    ("audit_events", "subject_id"): AUDIT_LOG,
    ("denial_counts", "principal_id"): "likewise; denied requests are counted until it is sealed",
    ("purged_users", "id"): "no other account gets it",
    ("webhook_deliveries", "subject_id"): "the receivers are told of the erasure, for 30 days",
    ("webhook_deliveries", "body"): "likewise",
    ("webhooks", "created_by"): "what was made stays, and so does the id of who made it",
    ("service_accounts", "created_by"): "likewise",
    ("client_credentials", "created_by"): "likewise",
    ("api_keys", "created_by"): "likewise, of a key of a service account",
    ("invitations", "invited_by"): "likewise",
    ("kept_answers", "body"): "likewise: the responses to their creation, for a day by default",
}
# Where a name or an IP address remains, and why.
NAME_REMAINS = {
    ("audit_events", "address"): "the hash chain covers it; docs/privacy.md says how to delete it",
    ("audit_events", "details"): "likewise, the reason of an administrator",
}


@pytest.fixture
def receiver():
    with receive(respond(200, b"Ada Lovelace is known", x_user="countess")) as started:
        yield started


@pytest.fixture
def browser(app):
    """Return a client that sends the IP address and the name of Ada's browser."""
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = ADDRESS
    client.environ_base["HTTP_USER_AGENT"] = "Analytical Engine/1.0"
    return anonymous(client)


def once(key):
    return {"Idempotency-Key": f'"{key}"'}


def log_in(person, email=ADA["email"]):
    tokens = person.post("/api/login", {"email": email, "password": PASSWORD}, expecting=200).json
    person.token = tokens["access_token"]
    return person


def begin(app, browser, administrator):
    """Let Ada register, and an administrator know her in several ways. Return her id."""
    administrator.post("/api/invitations", {"email": NEW_EMAIL}, headers=once("invite"))
    ada_id = browser.post("/api/register", ADA, headers=once("register")).json["id"]
    row = orjson.dumps({name: ADA[name] for name in ("username", "email")})
    headers = {"Content-Type": "application/x-ndjson", **once("import")}
    administrator.post("/api/users/import", data=row, headers=headers, expecting=200)
    path = f"/api/users/{ada_id}"
    external = {"external_source": "auth0", "external_id": "lovelace"}
    administrator.patch(path, {"app_metadata": {"title": "Countess"}, **external})
    log_in(browser).get("/api/users", expecting=403)
    administrator.patch(path, {"status": "suspended", "status_reason": REASON})
    administrator.patch(path, {"status": "active"})
    administrator.put(f"{path}/roles/admin", None, expecting=204)
    return ada_id


def use_everything(app, ada):
    """Let Ada use what the service has, as an administrator."""
    anonymous(ada.client).post(
        "/api/login", {"username": ADA["username"], "password": "wrong"}, expecting=401
    )
    anonymous(ada.client).post("/api/password/forgot", {"email": ADA["email"]}, expecting=None)
    log_in(ada).patch(
        "/api/me", {"display_name": "Ada Lovelace", "user_metadata": {"born": "Lovelace"}}
    )
    change_email(app, ada)
    use_programs(ada)
    ada.post("/api/invitations", {"email": "grace@example.org"}, headers=once("of-ada"))
    webhook = {"url": "https://receiver.invalid/", "events": ["user.created"]}
    ada.post("/api/webhooks", webhook)
    ada.get("/api/me/export")
    ada.post("/api/me/email", {"email": THIRD_EMAIL}, expecting=202)


def change_email(app, ada):
    ada.post("/api/me/email", {"email": NEW_EMAIL}, expecting=202)
    token = read_mails(app, "email_change_requested")[-1].token
    anonymous(ada.client).post("/api/email/change/confirm", {"token": token}, expecting=204)
    log_in(ada, NEW_EMAIL)


def use_programs(ada):
    """Let Ada make an API key and use it, and make a service account with credentials."""
    key = {"name": "Lovelace's laptop", "scopes": ["users:read"], "allowed_networks": [ADDRESS]}
    program = anonymous(ada.client)
    program.token = ada.post("/api/me/api-keys", key).json["key"]
    program.get("/api/me")
    revoked = ada.post("/api/me/api-keys", {**key, "name": "Countess"}).json["id"]
    ada.delete(f"/api/me/api-keys/{revoked}")
    made = ada.post("/api/service-accounts", {"name": "Sync"}, headers=once("account")).json
    path = f"/api/service-accounts/{made['id']}"
    ada.post(f"{path}/credentials", {"kind": "client_secret", "name": "First"})
    ada.post(f"{path}/api-keys", {"name": "First", "scopes": []})


def find_cells(terms):
    """Return where one of these texts is stored, as table and column."""
    return {
        (table.name, column)
        for table in db.metadata.sorted_tables
        for row in db.session.execute(select(table)).mappings()
        for column, value in row.items()
        if any(term in to_text(value) for term in terms)
    }


def to_text(value):
    return (value.decode("latin-1") if isinstance(value, bytes) else str(value)).casefold()


def test_A_08_nothing_but_ids_remains_of_a_user_who_has_used_everything(
    app, browser, administrator, subscribe, receiver, deliver, move_clock
):
    subscribe(receiver, payload="full", events=ABOUT_ADA)
    ada_id = begin(app, browser, administrator)
    use_everything(app, browser)
    deliver()
    with app.app_context():
        assert len({table for table, _ in find_cells([*NAMES, ada_id])}) > 15
    browser.delete("/api/me")
    move_clock(days=14, hours=1)

    with app.app_context():
        assert in_transaction(purge_batch) == 1
        repeat_in_transactions(erase_batch)()
        deliver()
        move_clock(hours=2)
        repeat_in_transactions(erase_batch)()

        assert db.session.get(User, UUID(ada_id)) is None
        assert find_cells(NAMES) == NAME_REMAINS.keys()
        assert find_cells([ada_id]) == ID_REMAINS.keys()
