"""The format of a chain entry: each entry verifies by the canonical form that it was made of."""

import json

import pytest
from sqlalchemy import insert, update

from api.audit import formats
from api.audit.chain import EMPTY
from api.audit.formats import compute_digest, encode_format_1
from api.audit.models import AuditEventRow, ChainEntry
from api.audit.verification import Damage, DamageKind
from api.core.database import db
from tests.audit.conftest import BEGAN
from tests.audit.sealing import at, damage, seal_all, seal_new
from tests.support import tamper

pytestmark = pytest.mark.usefixtures("context")


def encode_format_2(row):
    return json.dumps({"format": 2, "event": encode_format_1(row).decode()}).encode()


@pytest.fixture
def format_2(monkeypatch):
    """A version of the service that seals with another format."""
    monkeypatch.setattr(formats, "FORMATS", {1: encode_format_1, 2: encode_format_2})
    monkeypatch.setattr(formats, "CURRENT", 2)


def read_formats():
    rows = db.session.query(ChainEntry.format).order_by(ChainEntry.position)
    return [number for (number,) in rows]


def test_an_entry_without_a_format_has_the_first(happened):
    """As entries have that an earlier version made."""
    [event] = happened()
    row = AuditEventRow(
        event.id,
        event.at,
        event.event,
        event.actor_id,
        event.subject_id,
        event.request_id,
        event.address,
        event.details,
    )
    digest = compute_digest(EMPTY.digest, row, 1)
    with db.engine.begin() as connection:
        entry = {"position": 1, "event_id": event.id, "digest": digest}
        connection.execute(insert(ChainEntry).values(entry))

    assert damage() == []
    assert read_formats() == [1]


def test_entries_of_two_formats_verify_each_by_its_own(happened, request):
    happened(2)
    seal_all()
    request.getfixturevalue("format_2")
    happened(2, BEGAN.replace(year=2027))
    seal_new()

    assert read_formats() == [1, 1, 2, 2]
    assert damage() == []


@pytest.mark.usefixtures("format_2")
def test_an_entry_whose_format_was_changed_does_not_verify(happened):
    [event] = happened()
    seal_all()
    tamper(update(ChainEntry).where(at(1)).values(format=1))

    assert damage() == [Damage(1, event.id, DamageKind.EVENT_CHANGED)]


def test_a_format_of_a_later_version_is_reported(happened):
    [event] = happened()
    seal_all()
    tamper(update(ChainEntry).where(at(1)).values(format=99))

    assert damage() == [Damage(1, event.id, DamageKind.FORMAT_UNKNOWN)]
