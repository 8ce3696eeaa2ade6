"""Log lines: their shape, and what they never contain (O-01, O-02, O-07)."""

import json
import socket
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core.database import db

CANARY = "canary7f3a"
NAME, EMAIL = "nightingale", "goldfinch@example.org"
SECRET = f"{CANARY}-jwt-secret-of-more-than-32-characters"
PASSWORD, CHANGED, WRONG = (f"{CANARY} {word} horse" for word in ("first", "second", "wrong"))
NASTY = '\x1b[31m{"level":"error"}\u2028\u0085'
MAX_LINE_CHARACTERS = 16_384


def raw(port: int, *lines: bytes) -> bytes:
    """Send these lines as a request, and return the whole response."""
    head = b"\r\n".join((*lines, b"Host: 127.0.0.1:%d" % port, b"Connection: close", b"", b""))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def events(text: str) -> list[dict]:
    """Read a log; a line that is no JSON object is an error."""
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(
        type(line) is dict and {"timestamp", "level", "event"} <= set(line) for line in lines
    )
    return lines


class Run(NamedTuple):
    """The logs and audit rows of a service after all operations, and the secrets sent to it."""

    log: str
    file: str
    audit: str
    secrets: list[str]


def use_every_operation(service) -> list[str]:
    """Use valid and invalid credentials, and send secrets in paths, queries and headers."""
    anyone = service.local_service.client
    account = {"username": NAME, "email": EMAIL, "password": PASSWORD}
    credentials = {"username": NAME, "password": PASSWORD}
    anyone.post("/api/register", json=account)
    anyone.post("/api/register", json=account)
    anyone.post("/api/register", json={**account, "password": CANARY, "nickname": CANARY})
    token = anyone.post("/api/login", json=credentials).json["access_token"]
    anyone.post("/api/login", json={**credentials, "password": WRONG})
    half = b'{"password": "%s"' % PASSWORD.encode()
    anyone.post("/api/login", data=half, headers={"Content-Type": "application/json"})
    mine = {"Authorization": f"Bearer {token}"}
    anyone.get("/api/me", headers=mine)
    anyone.patch("/api/me", headers=mine, json={"display_name": CANARY})
    passwords = {"current_password": WRONG, "new_password": CHANGED}
    anyone.post("/api/me/password", headers=mine, json=passwords)
    passwords["current_password"] = PASSWORD
    later = anyone.post("/api/me/password", headers=mine, json=passwords).json["access_token"]
    anyone.get("/api/me", headers=mine)
    anyone.get(f"/api/users?q={CANARY}&token={token}", headers=mine)
    anyone.get(f"/{CANARY}/{token}", headers={"Cookie": CANARY, "User-Agent": CANARY})
    anyone.get(
        "/api/me", headers={"Authorization": f"Basic {CANARY}", "X-Request-Id": f"{CANARY}!"}
    )
    root = service.administrator
    created = root.post("/api/users", {**account, "username": "other", "email": f"other{EMAIL}"})
    root.delete(f"/api/users/{created.json['id']}")
    return [token, later, root.token, *use_programs(service)]


def use_programs(service) -> list[str]:
    """Use API keys, client secrets and webhooks, and return their secrets."""
    anyone, root = service.local_service.client, service.administrator
    key = root.post("/api/me/api-keys", {"name": CANARY, "scopes": ["users:read"]}).json["key"]
    account = root.post("/api/service-accounts", {"name": CANARY, "roles": ["admin"]}).json["id"]
    body = {"kind": "client_secret", "name": CANARY}
    path = f"/api/service-accounts/{account}/credentials"
    secret = root.post(path, body).json["client_secret"]
    webhook = {"url": f"https://{CANARY}.invalid/{CANARY}", "events": ["user.created"]}
    signing = root.post("/api/webhooks", webhook).json["secret"]

    form = {"grant_type": "client_credentials", "client_id": account, "client_secret": secret}
    issued = ask_for_token(anyone, **form).json["access_token"]
    basic = b64encode(f"{account}:{secret}".encode()).decode()
    ask_for_token(anyone, {"Authorization": f"Basic {basic}"}, grant_type="client_credentials")
    ask_for_token(anyone, **{**form, "client_secret": f"{secret[:-1]}x"})
    for credential in (key, issued, f"{key[:-1]}x", secret):
        bearer = {"Authorization": f"Bearer {credential}"}
        anyone.get(f"/api/users?q={credential}", headers=bearer)
        anyone.delete("/api/me", headers=bearer)
    for sent in (key, secret, signing):
        anyone.get(f"/{sent}?key={sent}", headers={"X-API-Key": sent, "User-Agent": sent})
    return [key, secret, signing, issued, basic, secret[:-1], key[:-1]]


def ask_for_token(client, headers: dict | None = None, /, **members: str):
    headers = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    return client.post("/oauth/token", data=urlencode(members), headers=headers)


@pytest.fixture
def run(serve, tmp_path):
    file = tmp_path / "rollbook.log"
    service = serve(log_level="DEBUG", log_file=str(file), encryption_key=SECRET)
    tokens = use_every_operation(service)
    with service.local_service.app.app_context():
        rows = [str(vars(row)) for row in db.session.scalars(select(AuditEvent))]
    service.stop()
    secrets = [CANARY, NAME, "goldfinch", service.database_url, *tokens]
    return Run(service.log(), file.read_text(), "\n".join(rows), secrets)


def requests(text: str) -> list[dict]:
    return [line for line in events(text) if line["event"] == "request"]


class TestLogAtDebugLevel:
    def test_O_01_log_file_and_audit_log_contain_no_secret_and_no_name(self, run):
        for kept in (run.log, run.file, run.audit):
            assert kept
            assert [secret for secret in run.secrets if secret in kept] == []

    def test_O_02_every_line_is_json_and_names_users_by_id(self, run):
        lines = events(run.log)
        changes = [line for line in lines if line["event"] == "password.changed"]

        assert len(requests(run.log)) == len(requests(run.file)) >= 15
        assert {line["route"] for line in requests(run.log)} >= {"/api/login", "unmatched"}
        assert [line["actor_id"] == line["subject_id"] for line in changes] == [True]
        assert changes[0]["request_id"]

    def test_O_03_a_line_names_the_credential_of_a_program(self, run):
        [created] = [line for line in events(run.log) if line["event"] == "api_key.created"]
        key_id = created["details"]["api_key"]

        used = [line for line in requests(run.log) if line["credential_id"] == key_id]
        assert {(line["route"], line["status"]) for line in used} == {
            ("/api/users", 200),
            ("/api/me", 403),
        }
        assert {line["actor_kind"] for line in used} == {"user"}
        accounts = [line for line in requests(run.log) if line["actor_kind"] == "service_account"]
        assert {line["route"] for line in accounts} >= {"/api/users", "/api/me"}


class TestHostileText:
    """Request ids, paths and headers that could break a log line."""

    def get_request_ids(self, service, proposed: str) -> list[str]:
        line = f"X-Request-Id: {proposed}".encode()
        head = raw(service.port, b"GET /health/live HTTP/1.1", line).decode().split("\r\n")
        return [each[14:] for each in head if each.lower().startswith("x-request-id: ")]

    def test_O_02_a_plain_request_id_is_kept(self, service):
        assert self.get_request_ids(service, "plain-1.2_3") == ["plain-1.2_3"]

    @pytest.mark.parametrize("proposed", ['{"a":1}', "a b", "x" * 65, "é", "a\tb", "a,b"])
    def test_O_02_a_hostile_request_id_is_replaced(self, service, proposed):
        [given] = self.get_request_ids(service, proposed)

        assert given != proposed
        assert given.isalnum()

    @pytest.mark.parametrize("proposed", ["\x1b[31m", "a\rb", "a\x00b"])
    def test_O_02_an_invalid_request_id_is_not_returned(self, service, proposed):
        assert proposed not in self.get_request_ids(service, proposed)

    def test_O_02_each_line_is_one_object_of_bounded_size(self, service):
        nasty = NASTY.encode()
        for line in (b"GET /%s HTTP/1.1", b"GET /api/me?q=%s HTTP/1.1", b"%s / HTTP/1.1"):
            raw(service.port, line % b"%0d%0a%1b{%22")
            raw(service.port, line % nasty)
        for header in (b"User-Agent", b"X-Request-Id", b"Authorization", b"Referer"):
            for value in (nasty, b"x" * 10_240, b"a\rb", b'{"'):
                raw(service.port, b"GET /api/me HTTP/1.1", header + b": " + value)
        for email in (NASTY, "a\r\nb@example.org", "x" * 10_240, '{"'):
            service.local_service.client.post(
                "/api/login", json={"email": email, "password": NASTY}
            )

        text = service.log()
        events(text)
        assert max(map(len, text.splitlines())) < MAX_LINE_CHARACTERS
        assert "\x1b" not in text

    def test_O_02_each_request_leaves_one_line(self, service):
        for _ in range(20):
            raw(service.port, b"GET /api/protected HTTP/1.1", b"X-Request-Id: counted-once")

        lines = [each for each in events(service.log()) if each.get("request_id") == "counted-once"]
        assert [line["event"] for line in lines] == ["request"] * 20
