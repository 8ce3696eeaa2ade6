"""The body of a delivery, and the events that have one."""

import json
from datetime import UTC, datetime
from uuid import UUID

from api.core.events import Event
from api.webhooks.catalogue import ALL_EVENTS, EVENTS, is_wanted
from api.webhooks.models import Payload
from api.webhooks.payloads import EventRecord, remove_details, render_body

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
LOGIN = EventRecord(
    id=UUID(int=1),
    at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    event="login.succeeded",
    actor_id=ADA,
    actor_kind="user",
    subject_id=ADA,
    request_id="4f2a",
    details={"session": str(UUID(int=2)), "known_device": True},
)


def test_a_thin_payload_has_ids_alone():
    body = json.loads(render_body(LOGIN, Payload.THIN))

    assert body == {
        "type": "login.succeeded",
        "timestamp": "2026-11-23T09:30:00.000000Z",
        "data": {
            "event_id": str(LOGIN.id),
            "subject_id": str(ADA),
            "session": str(UUID(int=2)),
        },
    }


def test_a_full_payload_also_has_the_actor_and_the_details():
    thin = json.loads(render_body(LOGIN, Payload.THIN))["data"]
    data = json.loads(render_body(LOGIN, Payload.FULL))["data"]

    assert data == thin | {
        "actor_id": str(ADA),
        "actor_kind": "user",
        "request_id": "4f2a",
        "details": {"session": str(UUID(int=2)), "known_device": True},
    }


def test_a_full_payload_without_its_details_is_a_thin_one():
    assert remove_details(render_body(LOGIN, Payload.FULL)) == render_body(LOGIN, Payload.THIN)


def test_a_webhook_for_all_events_receives_the_public_ones_alone():
    assert is_wanted("user.created", [ALL_EVENTS])
    assert not is_wanted("access.denied", [ALL_EVENTS])


def test_a_webhook_receives_the_chosen_events():
    assert is_wanted("user.created", ["user.created"])
    assert not is_wanted("user.deleted", ["user.created"])


def test_what_anyone_can_cause_in_any_number_is_not_public():
    flooding = {
        Event.ACCESS_DENIED,
        Event.CLIENT_AUTHENTICATION_FAILED,
        Event.LOGIN_FAILED,
        Event.PASSWORD_RESET_REQUESTED,
        Event.REGISTRATION_REPEATED,
    }

    assert flooding.isdisjoint(EVENTS)
