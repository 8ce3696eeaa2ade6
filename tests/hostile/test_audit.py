"""The rows of the audit log: each operation leaves one row with all facts (O-03)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from secrets import token_hex
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import pytest

from api.webhooks.payloads import EventRecord
from tests.hostile.corpus import GOOD
from tests.hostile.wire import Answer, Wire
from tests.support import PASSWORD, Person
from tests.webhooks.true_events import require_promised_body

ADDRESS = "127.0.0.7"  # the client IP address of every request here
NEW = "the analytical engine weaves"
numbers = count(1)


class Scene(NamedTuple):
    """The two people, the client, and the request id of the operation under test."""

    ada: Person
    root: Person
    wire: Wire
    request_id: str
    account: str  # the id of a service account

    def ask(
        self, who: Person | None, method: str, path: str, body: Any = None, *lines: str
    ) -> Answer:
        wire = self.wire.as_person(who) if who else self.wire
        return wire.ask(method, path, body, f"X-Request-Id: {self.request_id}", *lines)

    def newcomer(self) -> dict[str, str]:
        name = f"o03.{token_hex(4)}"
        return {"username": name, "email": f"{name}@example.org", "password": GOOD}


class Flow(NamedTuple):
    """An operation, and the one audit row that it leaves."""

    act: Callable[[Scene], Answer]
    status: int
    action: str
    principal: str | None  # "ada", "root", "the new user", "the service account", or None
    subject: str | None
    details: dict[str, Any] = {}  # noqa: RUF012  it is never changed


def log_in(scene: Scene, password: str = PASSWORD, username: str | None = None) -> Answer:
    body = {"username": username or scene.ada.username, "password": password}
    return scene.ask(None, "POST", "/api/login", body)


def with_two_sessions(scene: Scene) -> Scene:
    assert log_in(scene._replace(request_id="before")).status == 200
    return scene


def change_password(scene: Scene, current: str) -> Answer:
    body = {"current_password": current, "new_password": NEW}
    return scene.ask(scene.ada, "POST", "/api/me/password", body)


def reauthenticate(scene: Scene, password: str) -> Answer:
    return scene.ask(scene.ada, "POST", "/api/me/reauthenticate", {"password": password})


def an_address() -> dict[str, Any]:
    return {"email": f"o03-{token_hex(4)}@example.org"}


def invite(scene: Scene) -> Answer:
    return scene.ask(scene.root, "POST", "/api/invitations", an_address())


def revoke_invitation(scene: Scene) -> Answer:
    invitation = invite(scene._replace(request_id="before")).json["id"]
    return scene.ask(scene.root, "DELETE", f"/api/invitations/{invitation}")


def create_key(scene: Scene) -> Answer:
    return scene.ask(scene.ada, "POST", "/api/me/api-keys", {"name": "Report", "scopes": []})


def create_key_before(scene: Scene) -> str:
    return str(create_key(scene._replace(request_id="before")).json["id"])


def rotate_key(scene: Scene) -> Answer:
    path = f"/api/me/api-keys/{create_key_before(scene)}/rotate"
    return scene.ask(scene.ada, "POST", path, {"overlap_seconds": 60})


def revoke_key(scene: Scene, by: str = "ada") -> Answer:
    owner = "me" if by == "ada" else f"users/{scene.ada.id}"
    path = f"/api/{owner}/api-keys/{create_key_before(scene)}"
    return scene.ask(getattr(scene, by), "DELETE", path)


def on_account(
    scene: Scene, method: str, body: Any = None, below: str = "", before: tuple[Any, ...] = ()
) -> Answer:
    """Send a request about the service account, after others with another request id."""
    path = f"/api/service-accounts/{scene.account}"
    earlier = scene._replace(request_id="before")
    for other_method, other_body, place in before:
        answer = earlier.ask(scene.root, other_method, f"{path}{place}", other_body)
        assert answer.status < 300
        if answer.body:
            below = below.replace("LAST", answer.json["id"])
    return scene.ask(scene.root, method, f"{path}{below}", body)


def request_token(scene: Scene, secret: str = "", *, before: Scene | None = None) -> Answer:
    """Request an access token with a new client secret of the service account, or another one."""
    earlier = scene._replace(request_id="before")
    path = f"/api/service-accounts/{scene.account}/credentials"
    made = earlier.ask(scene.root, "POST", path, CLIENT_SECRET).json["client_secret"]
    form = {"client_id": scene.account, "client_secret": secret or made}
    return send_form(before or scene, "/oauth/token", grant_type="client_credentials", **form)


def revoke_token(scene: Scene) -> Answer:
    earlier = scene._replace(request_id="before")
    token = request_token(scene, before=earlier).json["access_token"]
    return send_form(scene, "/oauth/revoke", by=scene.root, token=token)


def send_form(scene: Scene, path: str, by: Person | None = None, **members: str) -> Answer:
    content_type = "Content-Type: application/x-www-form-urlencoded"
    return scene.ask(by, "POST", path, urlencode(members).encode(), content_type)


def a_role() -> dict[str, Any]:
    name = f"o03-{next(numbers)}"
    return {"name": name, "description": "", "permissions": ["users:read"]}


def on_a_role(scene: Scene, method: str, body: Any = None) -> Answer:
    role = scene._replace(request_id="before").ask(scene.root, "POST", "/api/roles", a_role())
    return scene.ask(scene.root, method, f"/api/roles/{role.json['name']}", body)


def after(scene: Scene, method: str, body: Any = None, below: str = "") -> Scene:
    """Send a request with another request id, and return the scene."""
    earlier = scene._replace(request_id="before")
    assert manage(earlier, method, body, below=below).status < 300
    return scene


def a_file(scene: Scene) -> bytes:
    person = scene.newcomer()
    return f"username,email\n{person['username']},{person['email']}\n".encode()


def reuse(scene: Scene) -> Answer:
    """Exchange a refresh token, then its successor, then the first once more."""
    earlier, token = scene._replace(request_id="before"), scene.ada.refresh_token
    refresh(earlier, refresh(earlier, token).json["refresh_token"])
    return refresh(scene, token)


def refresh(scene: Scene, token: str | None) -> Answer:
    return scene.ask(None, "POST", "/api/refresh", {"refresh_token": token})


def manage(
    scene: Scene, method: str, body: Any = None, by: str = "root", of: str = "ada", below: str = ""
) -> Answer:
    path = f"/api/users/{getattr(scene, of).id}{below}"
    return scene.ask(getattr(scene, by), method, path, body)


A_WEBHOOK = {"url": "https://webhook.invalid/", "events": ["*"]}
LONG_AGO = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}


def on_a_webhook(scene: Scene, method: str, body: Any = None, below: str = "") -> Answer:
    webhook = scene._replace(request_id="before").ask(
        scene.root, "POST", "/api/webhooks", A_WEBHOOK
    )
    return scene.ask(scene.root, method, f"/api/webhooks/{webhook.json['id']}{below}", body)


def changes(changed: str, **values: Any) -> dict[str, Any]:
    return {"changed": [changed], **values}


def denied(permission: str, method: str, route: str) -> dict[str, Any]:
    return {"permission": permission, "method": method, "route": route}


MADE, ACCOUNT = "the new user", "the service account"
CLIENT_SECRET = {"kind": "client_secret", "name": "Secret of 2026"}
OF_A_SECRET = {"client_credential": ..., "kind": "client_secret", "last4": ...}
SUSPENDED = {"status": "suspended"}
ONLY_COMMAND_LINE = {"key.retired", "key.rotated", "user.purged"}
BESIDE_ANOTHER = {"api_key.network_new", "login.paused"}  # an event of the same request
# These need the token of a mail, or the worker; the tests of their capabilities read the rows.
AFTER_A_MAIL = {
    "email.change_cancelled",
    "email.verified",
    "invitation.accepted",
    "invitation.resent",
    "outbox.message_failed",
    "outbox.message_retried",
    "registration.repeated",
    "webhook.disabled",
}
VARIES = ...  # in place of a value that differs each time
ONE_USER = "/api/users/<uuid:user_id>"
CSV = "Content-Type: text/csv"
DRY_RUN = "/api/users/import?dry_run=true"
FLOWS = {
    "registration": Flow(
        lambda scene: scene.ask(None, "POST", "/api/register", scene.newcomer()),
        201, "user.created", MADE, MADE,
    ),
    "login": Flow(
        log_in, 200, "login.succeeded", "ada", "ada", {"session": VARIES, "known_device": False}
    ),
    "login with a wrong password": Flow(
        partial(log_in, password="wrong"), 401, "login.failed", None, "ada"
    ),
    "login with an unknown name": Flow(
        partial(log_in, username="unknown"), 401, "login.failed", None, None
    ),
    "password change": Flow(
        partial(change_password, current=PASSWORD),
        200, "password.changed", "ada", "ada", {"sessions_ended": 1},
    ),
    "password change with a wrong one": Flow(
        partial(change_password, current="wrong"), 401, "password.change_failed", "ada", "ada"
    ),
    "opening an account": Flow(
        lambda scene: scene.ask(scene.root, "POST", "/api/users", scene.newcomer()),
        201, "user.created", "root", MADE,
    ),
    "changing oneself": Flow(
        lambda scene: scene.ask(scene.ada, "PATCH", "/api/me", {"display_name": "Ada"}),
        200, "user.updated", "ada", "ada", changes("display_name"),
    ),
    "changing another user": Flow(
        partial(manage, method="PATCH", body={"display_name": "Ada"}),
        200, "user.updated", "root", "ada", changes("display_name"),
    ),
    "changing an address": Flow(
        partial(manage, method="PATCH", body={"email": "another@example.org"}),
        200, "user.updated", "root", "ada", changes("email", sessions_ended=1),
    ),
    "defining a role": Flow(
        lambda scene: scene.ask(scene.root, "POST", "/api/roles", a_role()),
        201, "role.created", "root", None, {"role": VARIES},
    ),
    "changing a role": Flow(
        partial(on_a_role, method="PATCH", body={"description": "Another"}),
        200, "role.updated", "root", None, {"role": VARIES, "changed": ["description"]},
    ),
    "deleting a role": Flow(
        partial(on_a_role, method="DELETE"), 204, "role.deleted", "root", None, {"role": VARIES}
    ),
    "withdrawing a role": Flow(
        lambda scene: manage(
            after(scene, "PUT", below="/roles/admin"), "DELETE", below="/roles/admin"
        ),
        204, "role.withdrawn", "root", "ada", {"role": "admin"},
    ),
    "granting a role": Flow(
        partial(manage, method="PUT", below="/roles/admin"),
        204, "role.granted", "root", "ada", {"role": "admin"},
    ),
    "suspension": Flow(
        partial(manage, method="PATCH", body={"status": "suspended", "status_reason": "Why"}),
        200, "user.suspended", "root", "ada", {"reason": "Why", "sessions_ended": 1},
    ),
    "setting a password": Flow(
        partial(manage, method="PUT", body={"generate": True}, below="/password"),
        200, "user.password_set", "root", "ada",
        {"must_change_password": True, "sessions_ended": 1},
    ),
    "ending a pause": Flow(
        partial(manage, method="DELETE", below="/login-attempts"),
        204, "login_attempts.cleared", "root", "ada",
    ),
    "reactivation": Flow(
        lambda scene: manage(after(scene, "PATCH", SUSPENDED), "PATCH", {"status": "active"}),
        200, "user.reactivated", "root", "ada", {"reason": None},
    ),
    "restoring": Flow(
        lambda scene: manage(after(scene, "DELETE"), "POST", below="/restore"),
        200, "user.restored", "root", "ada",
    ),
    "importing users": Flow(
        lambda scene: scene.ask(scene.root, "POST", DRY_RUN, a_file(scene), CSV),
        200, "users.imported", "root", None,
        {
            "created": 1, "updated": 0, "unchanged": 0, "conflicts": 0, "rejected": 0,
            "dry_run": True,
        },
    ),
    "exporting users": Flow(
        lambda scene: scene.ask(scene.root, "GET", "/api/users/export?q=unknown-name"),
        200, "users.exported", "root", None, {"hashes": False},
    ),
    "giving the password again": Flow(
        partial(reauthenticate, password=PASSWORD),
        204, "reauthentication.succeeded", "ada", "ada",
    ),
    "giving a wrong one": Flow(
        partial(reauthenticate, password="wrong"),
        401, "reauthentication.failed", "ada", "ada",
    ),
    "a refresh token for the second time": Flow(
        reuse, 401, "refresh_token.reused", None, "ada", {"session": VARIES}
    ),
    "logging out": Flow(
        lambda scene: scene.ask(scene.ada, "POST", "/api/logout"),
        204, "session.ended", "ada", "ada", {"session": VARIES, "reason": "logged_out"},
    ),
    "logging out everywhere": Flow(
        lambda scene: scene.ask(scene.ada, "POST", "/api/logout?scope=global"),
        204, "sessions.ended", "ada", "ada", {"sessions_ended": 1},
    ),
    "logging out elsewhere": Flow(
        lambda scene: with_two_sessions(scene).ask(scene.ada, "DELETE", "/api/me/sessions"),
        204, "sessions.ended", "ada", "ada", {"sessions_ended": 1},
    ),
    "ending the sessions of another user": Flow(
        partial(manage, method="DELETE", below="/sessions"),
        204, "sessions.ended", "root", "ada", {"sessions_ended": 1},
    ),
    "forgetting the password": Flow(
        lambda scene: scene.ask(
            None, "POST", "/api/password/forgot", {"email": f"{scene.ada.username}@example.org"}
        ),
        202, "password.reset_requested", None, "ada",
    ),
    "asking for another address": Flow(
        lambda scene: scene.ask(scene.ada, "POST", "/api/me/email", an_address()),
        202, "email.change_requested", "ada", "ada",
    ),
    "inviting": Flow(
        invite, 201, "invitation.created", "root", None, {"invitation": VARIES, "roles": []}
    ),
    "revoking an invitation": Flow(
        revoke_invitation, 204, "invitation.revoked", "root", None, {"invitation": VARIES}
    ),
    "creating a webhook": Flow(
        lambda scene: scene.ask(scene.root, "POST", "/api/webhooks", A_WEBHOOK),
        201, "webhook.created", "root", None, {"webhook": VARIES},
    ),
    "changing a webhook": Flow(
        partial(on_a_webhook, method="PATCH", body={"enabled": False}),
        200, "webhook.updated", "root", None, {"webhook": VARIES, "changed": ["enabled"]},
    ),
    "rotating the secret of a webhook": Flow(
        partial(on_a_webhook, method="POST", body={}, below="/rotate-secret"),
        200, "webhook.secret_rotated", "root", None, {"webhook": VARIES},
    ),
    "replaying events": Flow(
        partial(on_a_webhook, method="POST", body=LONG_AGO, below="/replay"),
        202, "webhook.replayed", "root", None, {"webhook": VARIES, "deliveries": 0},
    ),
    "deleting a webhook": Flow(
        partial(on_a_webhook, method="DELETE"),
        204, "webhook.deleted", "root", None, {"webhook": VARIES},
    ),
    "creating an API key": Flow(
        create_key, 201, "api_key.created", "ada", "ada", {"api_key": VARIES, "scopes": []}
    ),
    "rotating an API key": Flow(
        rotate_key, 201, "api_key.rotated", "ada", "ada",
        {"api_key": VARIES, "successor": VARIES, "overlap_seconds": 60},
    ),
    "revoking an API key": Flow(
        revoke_key, 204, "api_key.revoked", "ada", "ada",
        {"api_key": VARIES, "reason": "revoked_by_owner"},
    ),
    "revoking an API key of another user": Flow(
        partial(revoke_key, by="root"), 204, "api_key.revoked", "root", "ada",
        {"api_key": VARIES, "reason": "revoked_by_administrator"},
    ),
    "creating a service account": Flow(
        lambda scene: scene.ask(
            scene.root, "POST", "/api/service-accounts", {"name": f"O03 {token_hex(4)}"}
        ),
        201, "service_account.created", "root", MADE,
    ),
    "changing a service account": Flow(
        partial(on_account, method="PATCH", body={"description": "Other."}),
        200, "service_account.updated", "root", ACCOUNT, changes("description"),
    ),
    "suspending a service account": Flow(
        partial(on_account, method="PATCH", body={**SUSPENDED, "status_reason": "Why"}),
        200, "service_account.suspended", "root", ACCOUNT, {"reason": "Why"},
    ),
    "reactivating a service account": Flow(
        partial(
            on_account, method="PATCH", body={"status": "active"},
            before=(("PATCH", SUSPENDED, ""),),
        ),
        200, "service_account.reactivated", "root", ACCOUNT, {"reason": None},
    ),
    "deleting a service account": Flow(
        partial(on_account, method="DELETE"), 204, "service_account.deleted", "root", ACCOUNT
    ),
    "granting a role to a service account": Flow(
        partial(on_account, method="PUT", below="/roles/admin"),
        204, "role.granted", "root", ACCOUNT, {"role": "admin"},
    ),
    "withdrawing a role from a service account": Flow(
        partial(
            on_account, method="DELETE", below="/roles/admin",
            before=(("PUT", None, "/roles/admin"),),
        ),
        204, "role.withdrawn", "root", ACCOUNT, {"role": "admin"},
    ),
    "creating a client secret": Flow(
        partial(on_account, method="POST", body=CLIENT_SECRET, below="/credentials"),
        201, "client_credential.created", "root", ACCOUNT, OF_A_SECRET,
    ),
    "deleting a client secret": Flow(
        partial(
            on_account, method="DELETE", below="/credentials/LAST",
            before=(("POST", CLIENT_SECRET, "/credentials"),),
        ),
        204, "client_credential.deleted", "root", ACCOUNT, OF_A_SECRET,
    ),
    "issuing an access token": Flow(
        request_token, 200, "token.issued", ACCOUNT, ACCOUNT,
        {"client_credential": VARIES, "scopes": []},
    ),
    "a failed client authentication": Flow(
        partial(request_token, secret="wrong"), 401, "client.authentication_failed", None, ACCOUNT,
        {"kind": "client_secret", "reason": "credential"},
    ),
    "revoking an access token": Flow(
        revoke_token, 200, "token.revoked", "root", ACCOUNT,
        {"token": VARIES, "client_credential": VARIES},
    ),
    "exporting oneself": Flow(
        lambda scene: scene.ask(scene.ada, "GET", "/api/me/export"),
        200, "user.exported", "ada", "ada",
    ),
    "deletion": Flow(
        partial(manage, method="DELETE"),
        204, "user.deleted", "root", "ada", {"sessions_ended": 1},
    ),
    "deleting oneself": Flow(
        lambda scene: scene.ask(scene.ada, "DELETE", "/api/me"),
        204, "user.deleted", "ada", "ada", {"sessions_ended": 1},
    ),
    "reading what one may not": Flow(
        partial(manage, method="GET", by="ada", of="root"),
        403, "access.denied", "ada", None, denied("users:read", "GET", ONE_USER),
    ),
    "changing what one may not": Flow(
        partial(manage, method="DELETE", by="ada", of="root"),
        403, "access.denied", "ada", None, denied("users:write", "DELETE", ONE_USER),
    ),
    "reading the audit log": Flow(
        lambda scene: scene.ask(scene.ada, "GET", "/api/audit-events"),
        403, "access.denied", "ada", None, denied("audit:read", "GET", "/api/audit-events"),
    ),
}  # fmt: skip


@pytest.fixture
def scene(service, root, wire, make_person) -> Scene:
    number = next(numbers)
    account = root.post("/api/service-accounts", {"name": f"O03 {token_hex(4)}"})
    return Scene(
        make_person(),
        service.administrator,
        wire.from_address(ADDRESS),
        f"o03.{number}",
        account.json["id"],
    )


@pytest.mark.parametrize("name", FLOWS)
def test_O_03_each_operation_leaves_one_complete_audit_row(scene, root, name):
    flow, began = FLOWS[name], datetime.now(UTC)
    answer = flow.act(scene)
    assert answer.status == flow.status

    [row] = root.get(f"/api/audit-events?request_id={scene.request_id}").json["items"]

    made = answer.json.get("id") if MADE in {flow.principal, flow.subject} else None
    ids = {"ada": scene.ada.id, "root": scene.root.id, MADE: made, None: None}
    ids[ACCOUNT] = scene.account
    assert row["action"] == flow.action
    assert (row["actor_id"], row["subject_id"]) == (ids[flow.principal], ids[flow.subject])
    expected = {name: it for name, it in flow.details.items() if it is not VARIES}
    assert row["details"].keys() == flow.details.keys()
    assert {name: row["details"][name] for name in expected} == expected
    assert row["address"] == ADDRESS
    assert began <= datetime.fromisoformat(row["at"]) <= datetime.now(UTC) + timedelta(seconds=1)
    assert row["at"].endswith("Z")
    require_promised_body(describe_event(row))


def describe_event(row: dict[str, Any]) -> EventRecord:
    """Return an event of the API as webhooks are made of it."""
    return EventRecord(
        id=UUID(row["id"]),
        at=datetime.fromisoformat(row["at"]),
        event=row["action"],
        actor_id=row["actor_id"],
        actor_kind=row["actor_kind"],
        subject_id=row["subject_id"],
        request_id=row["request_id"],
        details=row["details"],
    )


def test_O_03_every_event_has_an_operation_in_this_file(contract):
    actions = contract["components"]["schemas"]["AuditEventName"]["enum"]

    assert {flow.action for flow in FLOWS.values()} == (
        set(actions) - ONLY_COMMAND_LINE - BESIDE_ANOTHER - AFTER_A_MAIL
    )


def test_O_03_the_first_pause_leaves_an_audit_row_beside_that_of_the_failed_login(scene, root):
    for number in range(7):
        log_in(scene._replace(request_id=f"{scene.request_id}.{number}"), password="wrong")

    rows = root.get(f"/api/audit-events?request_id={scene.request_id}.4").json["items"]
    paused = root.get(f"/api/audit-events?action=login.paused&subject={scene.ada.id}").json

    assert {row["action"] for row in rows} == {"login.failed", "login.paused"}
    [row] = paused["items"]
    assert row["request_id"] == f"{scene.request_id}.4"
    assert row["details"] == {"all_networks": False, "minutes": 5}


def test_O_03_a_permitted_read_leaves_no_row(scene, root):
    assert scene.ask(scene.ada, "GET", "/api/me").status == 200
    assert scene.ask(scene.root, "GET", "/api/audit-events").status == 200

    assert root.get(f"/api/audit-events?request_id={scene.request_id}").json["items"] == []
