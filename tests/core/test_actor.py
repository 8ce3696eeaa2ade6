import pytest

from api.core.actor import PERMISSIONS, Actor, Permission, Role
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


def test_administrators_may_everything_and_users_nothing_beyond_their_own():
    assert PERMISSIONS[Role.ADMIN] == frozenset(Permission)
    assert PERMISSIONS[Role.USER] == frozenset()


def test_permissions_are_listed_by_name():
    assert list(Permission) == sorted(Permission)
