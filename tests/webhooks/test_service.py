"""The rules of webhooks, without HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.errors import InvalidRequest, PermissionDenied
from api.core.etags import ExpectedVersion, PreconditionFailed
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import purging, replay, search, service
from api.webhooks.errors import DeliveryNotFound, TooManyWebhooks, WebhookNotFound
from api.webhooks.models import Webhook, WebhookDelivery
from api.webhooks.signing_secrets import decrypt_secret

pytestmark = pytest.mark.usefixtures("context")


def update(webhook_id, by=OPERATOR, if_match=service.ANY, **changes):
    return in_transaction(lambda: service.update(webhook_id, changes, by=by, if_match=if_match))


def rotate(webhook_id, by=OPERATOR, **given):
    return in_transaction(lambda: service.rotate_secret(webhook_id, given, by=by))


def read_row(webhook_id) -> Webhook:
    row = db.session.get_one(Webhook, webhook_id, populate_existing=True)
    db.session.commit()
    return row


def read_events() -> list[tuple[str, dict]]:
    rows = select(AuditEvent).order_by(AuditEvent.at, AuditEvent.id)
    return [(row.event, row.details) for row in db.session.scalars(rows)]


class TestCreation:
    def test_a_webhook_is_thin_unordered_and_enabled_by_default(self, create):
        webhook = search.get_webhook(create().id)

        assert (webhook.payload, webhook.ordered, webhook.enabled) == ("thin", False, True)
        assert webhook.created_by is None

    def test_its_secret_is_shown_once_and_stored_encrypted(self, create):
        webhook = create()

        row = read_row(webhook.id)
        assert decrypt_secret(row.secret, row.id) == webhook.secret
        assert not hasattr(search.get_webhook(webhook.id), "secret")

    def test_events_have_the_order_of_the_catalogue(self, create):
        assert create(events=["user.deleted", "user.created"]).events == [
            "user.created",
            "user.deleted",
        ]

    def test_all_events_include_the_others(self, create):
        assert create(events=["user.deleted", "*"]).events == ["*"]

    def test_the_audit_log_has_its_id_and_not_its_url(self, create, auditor):
        webhook = create(by=auditor)

        assert read_events() == [("webhook.created", {"webhook": str(webhook.id)})]

    def test_a_url_that_is_not_public_is_rejected(self, create):
        with pytest.raises(InvalidRequest) as error:
            create(url="https://127.0.0.1/")

        assert error.value.members["errors"][0].pointer == "/url"

    def test_W_01_a_private_network_can_be_allowed(self, build):
        app = build(WEBHOOK_PRIVATE_NETWORKS="127.0.0.0/8")
        with app.app_context():
            given = {"url": "http://127.0.0.1:8080/", "events": ["*"]}

            assert in_transaction(lambda: service.create(given, by=OPERATOR)).enabled

    def test_there_is_a_maximum_also_for_requests_at_the_same_time(self, app, monkeypatch):
        monkeypatch.setattr(service, "MAX_WEBHOOKS", 3)

        def try_to_create(_):
            with app.app_context():
                given = {"url": "https://example.org", "events": ["*"]}
                try:
                    in_transaction(lambda: service.create(given, by=OPERATOR))
                except TooManyWebhooks:
                    return False
                return True

        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(try_to_create, range(8)))

        assert outcomes.count(True) == 3
        assert db.session.scalar(select(func.count()).select_from(Webhook)) == 3


class TestFullPayloads:
    def test_to_create_one_needs_the_right_to_read_the_audit_log(self, create, manager, auditor):
        with pytest.raises(PermissionDenied):
            create(payload="full", by=manager)
        assert create(payload="full", by=auditor).payload == "full"

    def test_to_make_a_webhook_full_needs_it(self, create, manager):
        with pytest.raises(PermissionDenied):
            update(create().id, by=manager, payload="full")

    def test_to_send_a_full_payload_elsewhere_needs_it(self, create, manager, auditor):
        webhook = create(payload="full", by=auditor)

        with pytest.raises(PermissionDenied):
            update(webhook.id, by=manager, url="https://example.net")
        with pytest.raises(PermissionDenied):
            update(webhook.id, by=manager, payload="thin", url="https://example.net")
        with pytest.raises(PermissionDenied):
            rotate(webhook.id, by=manager)

    def test_stored_full_payloads_do_not_go_elsewhere_after_it_became_thin(
        self, create, manager, auditor
    ):
        webhook = create(payload="full", by=auditor)
        update(webhook.id, by=auditor, payload="thin")

        with pytest.raises(PermissionDenied):
            update(webhook.id, by=manager, url="https://example.net")
        assert update(webhook.id, by=manager, url=webhook.url, description="CRM").description
        assert update(webhook.id, by=auditor, url="https://example.net")

    def test_one_that_became_full_and_thin_again_counts_as_well(self, create, manager, auditor):
        webhook = create(by=manager)
        update(webhook.id, by=auditor, payload="full")
        update(webhook.id, by=auditor, payload="thin")

        with pytest.raises(PermissionDenied):
            update(webhook.id, by=manager, url="https://example.net")

    def test_a_thin_one_does_not(self, create, manager):
        assert update(create(by=manager).id, by=manager, url="https://example.net")


class TestChanges:
    def test_a_change_is_recorded_with_the_names_of_what_changed(self, create):
        webhook = create()

        update(webhook.id, url="https://example.net/?key=secret", ordered=True)

        assert read_events()[1:] == [
            ("webhook.updated", {"webhook": str(webhook.id), "changed": ["ordered", "url"]})
        ]

    def test_what_does_not_change_is_not_recorded(self, create):
        webhook = create(events=["user.created", "user.deleted"])

        update(webhook.id, events=["user.deleted", "user.created"], ordered=False)

        assert len(read_events()) == 1
        assert read_row(webhook.id).version == webhook.version

    def test_another_version_is_not_changed(self, create):
        with pytest.raises(PreconditionFailed):
            update(create().id, if_match=ExpectedVersion(frozenset({7})), ordered=True)

    def test_a_url_that_is_not_public_is_rejected(self, create):
        with pytest.raises(InvalidRequest):
            update(create().id, url="https://[::1]/")

    def test_a_webhook_that_is_enabled_again_begins_without_its_failures(self, create):
        webhook_id = create().id
        row = db.session.get_one(Webhook, webhook_id)
        row.enabled, row.disabled_reason, row.failures = False, "failing", 7
        row.failing_since = row.paused_until = clock.now()
        db.session.commit()

        update(webhook_id, enabled=True)

        row = read_row(webhook_id)
        assert (row.enabled, row.disabled_reason, row.failures) == (True, None, 0)
        assert (row.failing_since, row.paused_until) == (None, None)

    def test_an_unknown_webhook_is_not_found(self):
        with pytest.raises(WebhookNotFound):
            update(new_id(), ordered=True)


class TestRotation:
    def test_both_secrets_sign_for_a_day(self, create):
        webhook = create()

        rotated = rotate(webhook.id)

        row = read_row(webhook.id)
        assert decrypt_secret(row.secret, row.id) == rotated.secret != webhook.secret
        assert decrypt_secret(row.former_secret, row.id) == webhook.secret
        overlap = row.former_secret_until - clock.now()
        assert timedelta(hours=23) < overlap <= timedelta(hours=24)

    def test_a_secret_that_is_known_to_others_signs_no_more(self, create):
        webhook = create()
        rotate(webhook.id)

        rotate(webhook.id, overlap_hours=0)

        row = read_row(webhook.id)
        assert (row.former_secret, row.former_secret_until) == (None, None)

    def test_the_audit_log_has_the_id_alone(self, create):
        webhook = create()
        rotate(webhook.id)

        assert read_events()[1:] == [("webhook.secret_rotated", {"webhook": str(webhook.id)})]


class TestDeletion:
    def test_its_deliveries_are_not_shown_and_the_purge_deletes_them(self, create):
        webhook, other = create(), create()
        delivery = in_transaction(lambda: replay.send_test(webhook.id))
        kept = in_transaction(lambda: replay.send_test(other.id))

        in_transaction(lambda: service.delete(webhook.id, by=OPERATOR))

        with pytest.raises(WebhookNotFound):
            search.get_webhook(webhook.id)
        with pytest.raises(DeliveryNotFound):
            search.get_delivery(webhook.id, delivery.id, by=OPERATOR)
        assert read_events()[2:] == [("webhook.deleted", {"webhook": str(webhook.id)})]
        assert in_transaction(purging.purge) == 1
        assert db.session.scalars(select(WebhookDelivery.id)).all() == [kept.id]

    def test_another_version_is_not_deleted(self, create):
        webhook, expected = create(), ExpectedVersion(frozenset({7}))

        with pytest.raises(PreconditionFailed):
            in_transaction(lambda: service.delete(webhook.id, by=OPERATOR, if_match=expected))
