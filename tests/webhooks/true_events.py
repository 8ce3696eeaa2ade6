"""Holds the catalogue of webhooks to the truth: whatever a test does, the events fit the schemas.

Each public event that a test records in this process is rendered as a full payload, and has to be
what the contract promises.
"""

import json
from functools import cache

import jsonschema_rs
import pytest
from sqlalchemy import event as hooks

from api.audit.models import AuditEvent
from api.webhooks.catalogue import PUBLIC_EVENTS
from api.webhooks.contract import describe_body
from api.webhooks.models import Payload
from api.webhooks.payloads import EventRecord, render_body
from tests.service import ROOT

ARTIFICIAL_EVENTS = ROOT / "tests" / "audit"  # whose tests emit events with any details


@cache
def make_validator(name: str) -> jsonschema_rs.Draft202012Validator:
    schema = describe_body(PUBLIC_EVENTS[name], is_full=True)
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def require_promised_body(record: EventRecord) -> None:
    """Raise an error if a public event has other data than the contract says."""
    if record.event not in PUBLIC_EVENTS:
        return
    body = json.loads(render_body(record, Payload.FULL))
    errors = [
        f"{error.instance_path}: {error}"
        for error in make_validator(record.event).iter_errors(body)
    ]
    known = {detail.name for detail in PUBLIC_EVENTS[record.event].details}
    errors += [f"{name} is not in the catalogue" for name in record.details.keys() - known]
    if errors:
        raise AssertionError(f"{record.event} is not as promised to webhooks: {errors}")


def _check_row(_mapper: object, _connection: object, row: AuditEvent) -> None:
    require_promised_body(EventRecord(*(getattr(row, name) for name in EventRecord._fields)))


@pytest.fixture(autouse=True)
def _true_events(request):
    if request.path.is_relative_to(ARTIFICIAL_EVENTS):
        yield
        return
    hooks.listen(AuditEvent, "after_insert", _check_row)
    yield
    hooks.remove(AuditEvent, "after_insert", _check_row)
