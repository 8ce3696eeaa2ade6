"""What ends the deliveries to a webhook: 410, days of failures, and its users (W-03)."""

import pytest

from api.core.database import in_transaction
from api.core.principal import OPERATOR
from api.webhooks import service
from api.webhooks.retries import FAILURES_BEFORE_PAUSE
from tests.mails import read_mails
from tests.webhooks.deliveries import change_webhook
from tests.webhooks.receiver import respond


class TestTheEndOfAWebhook:
    def test_W_03_410_disables_it(
        self, app, receiver, subscribe, happen, deliver, read_webhook, read_deliveries, recorded
    ):
        receiver.behaviours = [respond(410)]
        webhook_id = subscribe(receiver)
        version = read_webhook(webhook_id).version
        happen()
        happen()
        deliver()

        webhook = read_webhook(webhook_id)
        assert (webhook.enabled, webhook.disabled_reason) == (False, "gone")
        assert webhook.version == version + 1
        assert len(receiver.requests) == 1
        assert [each.state for each in read_deliveries()] == ["failed", "pending"]
        assert recorded()[-1] == "webhook.disabled"

    @pytest.fixture
    def fail_for_days(self, receiver, subscribe, happen, deliver, make_due, move_clock):
        """Let a webhook of this user fail for so many days, with an attempt on each."""

        def fail(days, created_by):
            receiver.usual = respond(500)
            webhook_id = subscribe(receiver, created_by=created_by)
            for _ in range(days + 1):
                happen()
                deliver()
                move_clock(days=1)
                make_due()
            return webhook_id

        return fail

    def test_days_without_a_success_disable_it_and_its_creator_gets_a_mail(
        self, app, user, fail_for_days, read_webhook, recorded
    ):
        ada = user("Ada", locale="de")
        webhook_id = fail_for_days(5, ada.id)

        webhook = read_webhook(webhook_id)
        assert (webhook.enabled, webhook.disabled_reason) == (False, "failing")
        [mail] = read_mails(app, "webhook_disabled")
        assert mail.to == "ada@example.org"
        assert mail.values["host"] == "127.0.0.1"
        assert recorded().count("webhook.disabled") == 1

    def test_a_creator_who_is_not_active_gets_no_mail(self, app, user, fail_for_days, read_webhook):
        webhook_id = fail_for_days(5, user("Ada", status="suspended").id)
        assert not read_webhook(webhook_id).enabled
        assert read_mails(app, "webhook_disabled") == []

    def test_fewer_days_do_not_disable_it(self, fail_for_days, read_webhook):
        assert read_webhook(fail_for_days(4, None)).enabled

    def test_failures_of_long_ago_do_not_disable_it(
        self, receiver, subscribe, happen, deliver, move_clock, make_due, read_webhook
    ):
        receiver.behaviours = [respond(500), respond(500)]
        webhook_id = subscribe(receiver)
        happen()
        deliver()
        move_clock(days=20)
        make_due()
        deliver()
        assert (read_webhook(webhook_id).enabled, read_webhook(webhook_id).failures) == (True, 1)

        happen()
        deliver()
        webhook = read_webhook(webhook_id)
        assert (webhook.failures, webhook.failing_since) == (0, None)

    def test_failures_of_long_ago_do_not_pause_it(
        self, receiver, subscribe, happen, deliver, move_clock, make_due, read_webhook
    ):
        receiver.usual = respond(500)
        webhook_id = subscribe(receiver)
        for _ in range(FAILURES_BEFORE_PAUSE):
            happen()
        deliver()
        assert read_webhook(webhook_id).paused_until
        move_clock(days=3)
        make_due()
        receiver.behaviours = [respond(500)]
        receiver.usual = respond()
        deliver()

        webhook = read_webhook(webhook_id)
        assert (webhook.failures, webhook.paused_until) == (0, None)
        assert len(receiver.requests) == 2 * FAILURES_BEFORE_PAUSE

    def test_nothing_is_sent_to_a_webhook_that_was_disabled_or_deleted(
        self, receiver, subscribe, happen, deliver
    ):
        deleted, disabled = subscribe(receiver), subscribe(receiver)
        happen()
        change_webhook(disabled, enabled=False)
        in_transaction(lambda: service.delete(deleted, by=OPERATOR))
        deliver()
        assert receiver.requests == []

    @pytest.mark.parametrize("status", [204, 500])
    def test_one_that_is_deleted_during_an_attempt_gets_nothing_more(
        self, app, receiver, subscribe, happen, deliver, read_deliveries, read_attempts, status
    ):
        webhook_id = subscribe(receiver)

        def delete_meanwhile(handler):
            with app.app_context():
                in_transaction(lambda: service.delete(webhook_id, by=OPERATOR))
            respond(status)(handler)

        receiver.behaviours = [delete_meanwhile]
        happen()
        happen()
        deliver()
        assert len(receiver.requests) == 1
        assert [each.state for each in read_deliveries()] == ["pending", "pending"]
        assert read_attempts() == []

    def test_one_that_is_disabled_during_an_attempt_gets_nothing_more(
        self, app, receiver, subscribe, happen, deliver, read_deliveries
    ):
        webhook_id = subscribe(receiver)

        def disable_meanwhile(handler):
            with app.app_context():
                change_webhook(webhook_id, enabled=False)
            respond(204)(handler)

        receiver.behaviours = [disable_meanwhile]
        happen()
        happen()
        deliver()
        assert [each.state for each in read_deliveries()] == ["delivered", "pending"]
