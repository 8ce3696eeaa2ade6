import pytest

from api.core.actor import MEANINGS, Actor, Permission
from api.core.errors import PermissionDenied
from api.core.secrets import new_id

ADA, GRACE = new_id(), new_id()
READER = frozenset({Permission.USERS_READ})


@pytest.mark.parametrize(
    ("permissions", "whose"),
    [(READER, None), (READER, GRACE), (frozenset(), ADA)],
)
def test_whoever_holds_the_permission_or_acts_on_themselves_may(permissions, whose):
    Actor(ADA, permissions).must(Permission.USERS_READ, unless_self=whose)


@pytest.mark.parametrize("whose", [None, GRACE])
def test_whoever_may_not_is_told_which_permission_is_missing(whose):
    with pytest.raises(PermissionDenied) as refusal:
        Actor(ADA, READER).must(Permission.USERS_WRITE, unless_self=whose)

    assert refusal.value.members == {"permission": "users:write"}


@pytest.mark.parametrize("wanted", [set(), READER])
def test_whoever_holds_all_of_them_may_hand_them_on(wanted):
    Actor(ADA, READER).must_hold(wanted)


def test_the_first_permission_that_is_not_held_is_told():
    with pytest.raises(PermissionDenied) as refusal:
        Actor(ADA, READER).must_hold(set(Permission))

    assert refusal.value.members == {"permission": "audit:read"}


def test_permissions_are_listed_by_name_and_each_has_its_meaning():
    assert list(Permission) == sorted(Permission) == list(MEANINGS)
