"""Verification finds every change to the audit log and to the chain."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, update

from api.audit import verification
from api.audit.models import AuditEvent, ChainEntry
from api.audit.verification import Damage, DamageKind
from tests.audit.conftest import FIRST_AT
from tests.audit.sealing import find_damage, has_id, has_position, read_head, seal_all, seal_new
from tests.support import tamper

pytestmark = pytest.mark.usefixtures("context", "small_batches")
OTHER_DIGEST = "f" * 64


@pytest.fixture
def sealed(add_events):
    """Seven events in the chain, all unchanged."""
    events = add_events(7)
    seal_all()
    assert find_damage(read_head()) == []
    return events


CHANGES = {
    "event": {"event": "user.praised"},
    "time": {"at": FIRST_AT},
    "actor": {"actor_id": UUID(int=5)},
    "kind of actor": {"actor_kind": "service_account"},
    "credential": {"credential_id": UUID(int=5)},
    "subject": {"subject_id": UUID(int=5)},
    "request": {"request_id": "other"},
    "address": {"address": "192.0.2.9"},
    "details": {"details": {}},
    "a number beyond 64 bits": {"details": {"a": 10**40}},
}


class TestVerifying:
    @pytest.mark.parametrize("position", [1, 3, 4, 7])
    @pytest.mark.parametrize("name", CHANGES)
    def test_O_04_a_changed_event_is_found(self, sealed, name, position):
        values = CHANGES[name]
        if name == "time" and position == 1:
            values = {"at": FIRST_AT + timedelta(microseconds=1)}
        event = sealed[position - 1]
        tamper(update(AuditEvent).where(has_id(event)).values(values))

        assert find_damage() == [Damage(position, event.id, DamageKind.EVENT_CHANGED)]

    @pytest.mark.parametrize("position", [1, 3, 4, 7])
    def test_O_04_a_missing_event_is_found(self, sealed, position):
        event = sealed[position - 1]
        tamper(delete(AuditEvent).where(has_id(event)))

        assert find_damage() == [Damage(position, event.id, DamageKind.EVENT_MISSING)]

    @pytest.mark.parametrize("position", [1, 3, 4, 6])
    def test_O_04_a_changed_entry_is_not_reported_as_a_changed_event(self, sealed, position):
        tamper(update(ChainEntry).where(has_position(position)).values(digest=OTHER_DIGEST))

        assert find_damage() == [
            Damage(position, sealed[position - 1].id, DamageKind.ENTRY_CHANGED)
        ]

    def test_O_04_a_changed_last_entry_is_found(self, sealed):
        tamper(update(ChainEntry).where(has_position(7)).values(digest=OTHER_DIGEST))

        assert [(damage.position, damage.kind) for damage in find_damage()] == [
            (7, DamageKind.EVENT_CHANGED)
        ]

    @pytest.mark.parametrize(("first", "last"), [(1, None), (3, None), (3, 4), (2, 6)])
    def test_O_04_missing_entries_are_found(self, sealed, first, last):
        removed = ChainEntry.position.between(first, last or first)
        tamper(delete(ChainEntry).where(removed))

        assert find_damage() == [Damage(first, None, DamageKind.ENTRY_MISSING, last)]
        assert verification.count_unsealed() == (last or first) - first + 1

    def test_O_04_an_event_that_was_removed_with_its_entry_is_found(self, sealed):
        tamper(
            delete(AuditEvent).where(has_id(sealed[2])),
            delete(ChainEntry).where(has_position(3)),
            *(
                update(ChainEntry).where(has_position(number)).values(position=number - 1)
                for number in range(4, 8)
            ),
        )

        assert find_damage() == [Damage(3, sealed[3].id, DamageKind.EVENT_CHANGED)]

    def test_O_04_exchanged_events_are_found(self, sealed):
        third, fourth = sealed[2].id, sealed[3].id
        tamper(
            update(ChainEntry).where(has_position(3)).values(event_id=UUID(int=0)),
            update(ChainEntry).where(has_position(4)).values(event_id=third),
            update(ChainEntry).where(has_position(3)).values(event_id=fourth),
        )

        assert [damage.position for damage in find_damage()] == [3, 4]

    def test_O_04_an_inserted_event_with_an_entry_is_found(self, sealed, add_events):
        [forged] = add_events(1)
        entry = {"position": 8, "event_id": forged.id, "digest": OTHER_DIGEST}
        tamper(insert(ChainEntry).values(entry))

        assert find_damage() == [Damage(8, forged.id, DamageKind.EVENT_CHANGED)]

    def test_all_damage_is_found(self, sealed):
        tamper(
            update(AuditEvent).where(has_id(sealed[0])).values(address="x"),
            update(AuditEvent).where(has_id(sealed[1])).values(address="x"),
            delete(AuditEvent).where(has_id(sealed[3])),
            update(ChainEntry).where(has_position(5)).values(digest=OTHER_DIGEST),
        )

        found = [(damage.position, damage.kind) for damage in find_damage()]

        assert found == [
            (1, DamageKind.EVENT_CHANGED),
            (2, DamageKind.EVENT_CHANGED),
            (4, DamageKind.EVENT_MISSING),
            (5, DamageKind.ENTRY_CHANGED),
        ]

    def test_a_huge_gap_is_reported_as_one_range(self, sealed):
        tamper(update(ChainEntry).where(has_position(7)).values(position=2**62))

        assert str(find_damage()[0]) == f"7 to {2**62 - 1}: the chain entry is missing"


class TestVerifyingWithAKnownHead:
    def test_O_04_a_removed_end_is_found(self, sealed):
        known_head = read_head()
        tamper(
            delete(ChainEntry).where(ChainEntry.position > 5),
            delete(AuditEvent).where(has_id(sealed[6])),
        )

        assert find_damage() == []
        assert find_damage(known_head) == [Damage(6, None, DamageKind.ENTRY_MISSING, 7)]

    def test_O_04_a_chain_that_was_sealed_again_is_found(self, sealed):
        known_head = read_head()
        tamper(update(AuditEvent).where(has_id(sealed[2])).values(address="x"), delete(ChainEntry))
        seal_all()

        assert find_damage() == []
        assert find_damage(known_head) == [Damage(7, sealed[6].id, DamageKind.OTHER_HEAD)]

    def test_the_head_can_be_an_older_one(self, sealed, add_events):
        known_head = read_head()
        add_events(4, FIRST_AT + timedelta(days=1))
        seal_new()

        assert find_damage(known_head) == []
        assert find_damage(known_head._replace(digest=OTHER_DIGEST)) == [
            Damage(7, sealed[6].id, DamageKind.OTHER_HEAD)
        ]
