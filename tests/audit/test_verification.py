"""Whatever was done to the trail or to the chain is noticed, on either database."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, update

from api.audit import verification
from api.audit.models import AuditEvent, ChainEntry
from api.audit.verification import Damage, DamageKind
from tests.audit.conftest import BEGAN
from tests.audit.sealing import at, damage, head, of, seal_all, seal_new
from tests.support import tamper

pytestmark = pytest.mark.usefixtures("context", "few_at_a_time")
OTHER = "f" * 64


@pytest.fixture
def sealed(happened):
    """Seven facts in the chain, none of which anybody has touched."""
    facts = happened(7)
    seal_all()
    assert damage(head()) == []
    return facts


TAMPERED = {
    "what": {"event": "user.praised"},
    "when": {"at": BEGAN},
    "who": {"actor_id": UUID(int=5)},
    "whom": {"subject_id": UUID(int=5)},
    "request": {"request_id": "other"},
    "where": {"address": "192.0.2.9"},
    "more": {"details": {}},
    "more than numbers hold": {"details": {"a": 10**40}},
}


class TestVerifying:
    @pytest.mark.parametrize("position", [1, 3, 4, 7])
    @pytest.mark.parametrize("name", TAMPERED)
    def test_O_04_notices_an_event_that_was_changed(self, sealed, name, position):
        values = TAMPERED[name]
        if name == "when" and position == 1:
            values = {"at": BEGAN + timedelta(microseconds=1)}
        fact = sealed[position - 1]
        tamper(update(AuditEvent).where(of(fact)).values(values))

        assert damage() == [Damage(position, fact.id, DamageKind.EVENT_CHANGED)]

    @pytest.mark.parametrize("position", [1, 3, 4, 7])
    def test_O_04_notices_an_event_that_is_missing(self, sealed, position):
        fact = sealed[position - 1]
        tamper(delete(AuditEvent).where(of(fact)))

        assert damage() == [Damage(position, fact.id, DamageKind.EVENT_MISSING)]

    @pytest.mark.parametrize("position", [1, 3, 4, 6])
    def test_O_04_tells_a_link_that_was_altered_from_an_event_that_was(self, sealed, position):
        tamper(update(ChainEntry).where(at(position)).values(digest=OTHER))

        assert damage() == [Damage(position, sealed[position - 1].id, DamageKind.ENTRY_CHANGED)]

    def test_O_04_notices_that_the_last_link_was_altered(self, sealed):
        tamper(update(ChainEntry).where(at(7)).values(digest=OTHER))

        assert [(each.position, each.kind) for each in damage()] == [(7, DamageKind.EVENT_CHANGED)]

    @pytest.mark.parametrize(("first", "last"), [(1, None), (3, None), (3, 4), (2, 6)])
    def test_O_04_notices_links_that_are_missing(self, sealed, first, last):
        lost = ChainEntry.position.between(first, last or first)
        tamper(delete(ChainEntry).where(lost))

        assert damage() == [Damage(first, None, DamageKind.ENTRY_MISSING, last)]
        assert verification.count_unsealed() == (last or first) - first + 1

    def test_O_04_notices_that_an_event_was_taken_out_with_its_link(self, sealed):
        tamper(
            delete(AuditEvent).where(of(sealed[2])),
            delete(ChainEntry).where(at(3)),
            *(
                update(ChainEntry).where(at(place)).values(position=place - 1)
                for place in range(4, 8)
            ),
        )

        assert damage() == [Damage(3, sealed[3].id, DamageKind.EVENT_CHANGED)]

    def test_O_04_notices_that_two_events_changed_places(self, sealed):
        third, fourth = sealed[2].id, sealed[3].id
        tamper(
            update(ChainEntry).where(at(3)).values(event_id=UUID(int=0)),
            update(ChainEntry).where(at(4)).values(event_id=third),
            update(ChainEntry).where(at(3)).values(event_id=fourth),
        )

        assert [each.position for each in damage()] == [3, 4]

    def test_O_04_notices_an_event_that_was_slipped_in_with_a_link(self, sealed, happened):
        [forged] = happened(1)
        link = {"position": 8, "event_id": forged.id, "digest": OTHER}
        tamper(insert(ChainEntry).values(link))

        assert damage() == [Damage(8, forged.id, DamageKind.EVENT_CHANGED)]

    def test_tells_all_that_is_wrong(self, sealed):
        tamper(
            update(AuditEvent).where(of(sealed[0])).values(address="x"),
            update(AuditEvent).where(of(sealed[1])).values(address="x"),
            delete(AuditEvent).where(of(sealed[3])),
            update(ChainEntry).where(at(5)).values(digest=OTHER),
        )

        found = [(each.position, each.kind) for each in damage()]

        assert found == [
            (1, DamageKind.EVENT_CHANGED),
            (2, DamageKind.EVENT_CHANGED),
            (4, DamageKind.EVENT_MISSING),
            (5, DamageKind.ENTRY_CHANGED),
        ]

    def test_a_link_that_was_moved_far_away_does_not_keep_it_for_ever(self, sealed):
        tamper(update(ChainEntry).where(at(7)).values(position=2**62))

        assert str(damage()[0]) == f"7 to {2**62 - 1}: the chain entry is missing"


class TestWithTheHeadThatWasNoted:
    def test_O_04_it_notices_that_the_end_was_cut_off(self, sealed):
        noted = head()
        tamper(
            delete(ChainEntry).where(ChainEntry.position > 5),
            delete(AuditEvent).where(of(sealed[6])),
        )

        assert damage() == []
        assert damage(noted) == [Damage(6, None, DamageKind.ENTRY_MISSING, 7)]

    def test_O_04_it_notices_that_the_chain_was_made_anew(self, sealed):
        noted = head()
        tamper(update(AuditEvent).where(of(sealed[2])).values(address="x"), delete(ChainEntry))
        seal_all()

        assert damage() == []
        assert damage(noted) == [Damage(7, sealed[6].id, DamageKind.OTHER_HEAD)]

    def test_it_may_be_of_some_time_ago(self, sealed, happened):
        noted = head()
        happened(4, BEGAN + timedelta(days=1))
        seal_new()

        assert damage(noted) == []
        assert damage(noted._replace(digest=OTHER)) == [
            Damage(7, sealed[6].id, DamageKind.OTHER_HEAD)
        ]
