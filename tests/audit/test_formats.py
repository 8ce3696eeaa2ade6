"""The formats of chain entries: each entry is verified with the form that it was sealed with."""

import pytest
from sqlalchemy import insert, update

from api.audit import formats
from api.audit.chain import EMPTY
from api.audit.formats import compute_digest, encode_format_1
from api.audit.models import AuditEventRow, ChainEntry
from api.audit.verification import Damage, DamageKind
from api.core.database import db
from tests.audit.conftest import FIRST_AT
from tests.audit.sealing import find_damage, has_position, seal_all, seal_new
from tests.support import tamper

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def format_1(monkeypatch):
    """The version 0.1 of the service, which seals with format 1."""
    with monkeypatch.context() as patch:
        patch.setattr(formats, "FORMATS", {1: encode_format_1})
        patch.setattr(formats, "CURRENT", 1)
        yield patch


def read_formats():
    rows = db.session.query(ChainEntry.format).order_by(ChainEntry.position)
    return [number for (number,) in rows]


def test_an_entry_without_a_format_has_format_1(add_events):
    """Entries of an earlier version have no format."""
    [event] = add_events()
    row = AuditEventRow(
        event.id,
        event.at,
        event.event,
        event.actor_id,
        event.actor_kind,
        event.credential_id,
        event.subject_id,
        event.request_id,
        event.address,
        event.details,
    )
    digest = compute_digest(EMPTY.digest, row, 1)
    with db.engine.begin() as connection:
        entry = {"position": 1, "event_id": event.id, "digest": digest}
        connection.execute(insert(ChainEntry).values(entry))

    assert find_damage() == []
    assert read_formats() == [1]


def test_each_entry_is_verified_with_its_format(add_events, format_1):
    add_events(2)
    seal_all()
    format_1.undo()
    add_events(2, FIRST_AT.replace(year=2027))
    seal_new()

    assert read_formats() == [1, 1, 2, 2]
    assert find_damage() == []


def test_an_entry_with_a_changed_format_is_reported(add_events):
    [event] = add_events()
    seal_all()
    tamper(update(ChainEntry).where(has_position(1)).values(format=1))

    assert find_damage() == [Damage(1, event.id, DamageKind.EVENT_CHANGED)]


def test_an_entry_with_an_unknown_format_is_reported(add_events):
    [event] = add_events()
    seal_all()
    tamper(update(ChainEntry).where(has_position(1)).values(format=99))

    assert find_damage() == [Damage(1, event.id, DamageKind.FORMAT_UNKNOWN)]
