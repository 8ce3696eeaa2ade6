"""The HTTP side of webhooks: members, secrets, ETags, pages, filters, and links to deliveries."""

import json
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from api.core import clock
from api.core.database import db, in_transaction
from api.core.secrets import new_id
from api.webhooks.models import Webhook, WebhookAttempt

WEBHOOKS = "/api/webhooks"
URL = "https://example.org/hook"
GIVEN = {"url": URL, "events": ["user.created"]}
GRACE = {
    "username": "grace",
    "email": "grace@example.org",
    "password": "a nanosecond is a foot of wire",
}
MEMBERS = {
    "id", "url", "description", "events", "payload", "ordered", "enabled", "disabled_reason",
    "former_secret_until", "created_by", "created_at", "updated_at",
    "health", "failing_since", "paused_until", "last_attempt_at", "pending_deliveries",
}  # fmt: skip


@pytest.fixture
def webhook(administrator):
    return administrator.post(WEBHOOKS, GIVEN).json


@pytest.fixture
def path(webhook):
    return f"{WEBHOOKS}/{webhook['id']}"


@pytest.fixture
def send_test(administrator, path):
    def send():
        return administrator.post(f"{path}/test", expecting=202).json["id"]

    return send


@pytest.fixture
def record_attempt(app):
    def record(delivery_id, number):
        with app.app_context():
            row = WebhookAttempt(
                delivery_id=UUID(delivery_id),
                at=clock.now() + timedelta(seconds=number),
                duration_ms=113,
                url=URL,
                address="192.0.2.7",
                status=503,
                error="503 Service Unavailable",
                request_headers={"webhook-id": delivery_id},
                response_headers={"content-type": "text/plain"},
                response_body=f"Down\n{number}",
            )
            db.session.add(row)
            db.session.commit()

    return record


def list_ids(page):
    return [item["id"] for item in page.json["items"]]


class TestWebhooks:
    def test_W_02_only_the_response_of_the_creation_has_the_secret(self, administrator):
        created = administrator.post(WEBHOOKS, GIVEN)

        assert created.json.keys() == MEMBERS | {"secret"}
        assert created.json["secret"].startswith("whsec_")
        assert created.headers["Location"].endswith(f"{WEBHOOKS}/{created.json['id']}")
        read = administrator.get(f"{WEBHOOKS}/{created.json['id']}")
        assert read.json == {name: created.json[name] for name in MEMBERS}
        assert created.json["secret"] not in administrator.get(WEBHOOKS).text
        assert created.json["secret"] not in administrator.get("/api/audit-events").text

    def test_W_02_only_the_response_of_the_rotation_has_the_new_secret(
        self, administrator, webhook, path
    ):
        rotated = administrator.post(f"{path}/rotate-secret", {}, expecting=200)

        assert rotated.json["secret"] != webhook["secret"]
        assert rotated.json["former_secret_until"] > webhook["created_at"]
        assert "secret" not in administrator.get(path).json
        assert rotated.headers["ETag"] == administrator.get(path).headers["ETag"]

    @pytest.mark.parametrize(
        ("member", "value", "rule"),
        [
            ("url", "https://127.0.0.1/", "url"),
            ("url", "https://user@example.org/", "url"),
            ("url", "x" * 2049, "max_length"),
            ("events", [], "min_items"),
            ("events", ["login.failed"], "enum"),
            ("events", ["user.created", "user.created"], "unique_items"),
            ("payload", "fat", "enum"),
            ("enabled", 1, "type"),
            ("secret", "whsec_x", "additional_properties"),
        ],
    )
    def test_a_wrong_member_is_rejected(self, administrator, member, value, rule):
        answer = administrator.post(WEBHOOKS, {**GIVEN, member: value}, expecting=422)

        assert [error["rule"] for error in answer.json["errors"]] == [rule]
        assert answer.json["errors"][0]["pointer"].startswith(f"/{member}")

    def test_a_change_needs_the_current_version(self, administrator, path):
        etag = administrator.get(path).headers["ETag"]
        administrator.patch(path, {"description": "CRM"}, headers={"If-Match": etag})

        stale = administrator.patch(
            path, {"description": "ERP"}, headers={"If-Match": etag}, expecting=412
        )

        assert stale.json["error"] == "precondition_failed"
        assert administrator.get(path).json["description"] == "CRM"

    def test_its_health_is_sent_to_a_client_that_has_the_version(
        self, administrator, path, send_test
    ):
        read = administrator.get(path)
        send_test()

        again = administrator.get(path, headers={"If-None-Match": read.headers["ETag"]})

        assert again.headers["ETag"] == read.headers["ETag"]
        assert again.json == {**read.json, "pending_deliveries": 1}
        stale = administrator.get(path, headers={"If-Match": '"2"'}, expecting=412)
        assert stale.json["error"] == "precondition_failed"

    def test_the_list_has_pages_in_order(self, administrator):
        made = [administrator.post(WEBHOOKS, GIVEN).json["id"] for _ in range(3)]

        first = administrator.get(f"{WEBHOOKS}?limit=2&sort=created_at")
        second = administrator.get(
            f"{WEBHOOKS}?limit=2&sort=created_at&cursor={first.json['next']}"
        )

        assert list_ids(first) + list_ids(second) == made
        assert second.json["next"] is None

    def test_a_deleted_webhook_is_not_found(self, administrator, path):
        administrator.delete(path)

        assert administrator.get(path, expecting=404).json["error"] == "webhook_not_found"
        administrator.delete(path, expecting=404)

    def test_what_is_disabled_gets_no_delivery(self, administrator, path, send_test):
        delivery = send_test()
        administrator.patch(path, {"enabled": False})
        replay = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}

        for below, body in (
            ("test", None), ("replay", replay), (f"deliveries/{delivery}/redeliver", None),
        ):  # fmt: skip
            answer = administrator.post(f"{path}/{below}", body, expecting=409)
            assert answer.json["error"] == "webhook_disabled"


class TestDeliveries:
    def test_a_test_leads_to_its_delivery(self, administrator, path):
        sent = administrator.post(f"{path}/test", expecting=202)

        assert sent.headers["Location"].endswith(f"{path}/deliveries/{sent.json['id']}")
        assert (sent.json["event"], sent.json["state"]) == ("webhook.test", "pending")
        read = administrator.get(f"{path}/deliveries/{sent.json['id']}").json
        assert json.loads(read["body"])["type"] == "webhook.test"
        assert read["history"] == []

    def test_a_delivery_has_its_attempts_newest_first(
        self, administrator, path, send_test, record_attempt
    ):
        delivery = send_test()
        for number in range(3):
            record_attempt(delivery, number)

        history = administrator.get(f"{path}/deliveries/{delivery}").json["history"]

        assert [each["response_body"] for each in history] == ["Down\n2", "Down\n1", "Down\n0"]
        assert history[0]["request_headers"] == {"webhook-id": delivery}
        assert (history[0]["status"], history[0]["duration_ms"]) == (503, 113)

    def test_the_list_has_pages_in_order(self, administrator, path, send_test):
        made = [send_test() for _ in range(3)]

        first = administrator.get(f"{path}/deliveries?limit=2&sort=created_at")
        link = first.headers["Link"]
        second = administrator.get(
            f"{path}/deliveries?limit=2&sort=created_at&cursor={first.json['next']}"
        )

        assert list_ids(first) + list_ids(second) == made
        assert f"{path}/deliveries?limit=2&sort=created_at&cursor=" in link

    def test_deliveries_are_filtered(self, administrator, path, send_test):
        delivery = send_test()
        at = administrator.get(f"{path}/deliveries/{delivery}").json["created_at"]
        later = (datetime.fromisoformat(at) + timedelta(microseconds=1)).isoformat()
        later = later.replace("+00:00", "Z")

        def find(query):
            return list_ids(administrator.get(f"{path}/deliveries?{query}"))

        assert find("state=pending") == find("event=webhook.test") == [delivery]
        assert find("state=failed") == find("event=user.created") == []
        assert find(f"subject={new_id()}") == []
        assert find(f"after={at}") == find(f"before={later}") == [delivery]
        assert find(f"before={at}") == find(f"after={later}") == []

    def test_a_replay_says_how_many_deliveries_wait(self, administrator, path):
        body = {"from": "2020-01-01T00:00:00Z", "to": "2090-01-01T00:00:00Z"}
        administrator.post("/api/users", GRACE)

        answer = administrator.post(f"{path}/replay", body, expecting=202)

        found = administrator.get(f"{path}/deliveries?event=user.created").json["items"]
        assert answer.json == {"deliveries": len(found)}
        assert answer.json["deliveries"] >= 1

    def test_the_body_of_a_full_payload_needs_the_audit_log(
        self, administrator, person, record_attempt
    ):
        role = {"name": "hooks", "permissions": ["webhooks:read"]}
        administrator.post("/api/roles", role)
        reader = person("Ada", role="hooks")
        full = administrator.post(WEBHOOKS, {**GIVEN, "payload": "full"}).json["id"]
        administrator.post("/api/users", GRACE)
        body = {"from": "2020-01-01T00:00:00Z", "to": "2090-01-01T00:00:00Z"}
        administrator.post(f"{WEBHOOKS}/{full}/replay", body, expecting=202)
        deliveries = f"{WEBHOOKS}/{full}/deliveries"
        [found, *_] = list_ids(administrator.get(deliveries))
        record_attempt(found, 0)

        seen = administrator.get(f"{deliveries}/{found}").json
        assert (bool(seen["body"]), seen["history"][0]["response_body"]) == (True, "Down\n0")
        assert seen["history"][0]["response_headers"]
        hidden = reader.get(f"{deliveries}/{found}").json
        assert (hidden["body"], hidden["history"][0]["response_body"]) == (None, None)
        assert hidden["history"][0]["response_headers"] == {}

    def test_deliveries_of_an_unknown_webhook_are_not_found(self, administrator):
        answer = administrator.get(f"{WEBHOOKS}/{new_id()}/deliveries", expecting=404)

        assert answer.json["error"] == "webhook_not_found"


class TestPermissions:
    def test_to_read_webhooks_needs_a_permission(self, person, path):
        ada = person("Ada")

        for below in ("", "/deliveries"):
            answer = ada.get(path + below, expecting=403)
            assert answer.json["permission"] == "webhooks:read"

    def test_to_change_webhooks_needs_another(self, administrator, person, path):
        administrator.post("/api/roles", {"name": "hooks", "permissions": ["webhooks:read"]})
        ada = person("Ada", role="hooks")

        assert ada.get(path)
        for below in ("/test", "/replay", "/rotate-secret"):
            answer = ada.post(path + below, {}, expecting=403)
            assert answer.json["permission"] == "webhooks:write"


def test_the_list_of_deliveries_shows_a_pause(administrator, path, app):
    shown = administrator.get(f"{path}/deliveries").json
    assert (shown["failing_since"], shown["paused_until"]) == (None, None)
    since, until = clock.now(), clock.now() + timedelta(minutes=5)
    values = {"failing_since": since, "paused_until": until}
    with app.app_context():
        in_transaction(lambda: db.session.execute(update(Webhook).values(values)))

    shown = administrator.get(f"{path}/deliveries").json
    assert datetime.fromisoformat(shown["failing_since"]) == since
    assert datetime.fromisoformat(shown["paused_until"]) == until
    administrator.post(f"{path}/test", expecting=202)
    assert administrator.get(f"{path}/deliveries").json["paused_until"] is None
