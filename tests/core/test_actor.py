import pytest

from api.core.errors import PermissionDenied
from api.core.permissions import DESCRIPTIONS, Permission
from api.core.secrets import new_id
from tests.support import make_principal

ADA, GRACE = new_id(), new_id()
READER = frozenset({Permission.USERS_READ})


@pytest.mark.parametrize(
    ("permissions", "whose"),
    [(READER, None), (READER, GRACE), (frozenset(), ADA)],
)
def test_whoever_holds_the_permission_or_acts_on_themselves_may(permissions, whose):
    make_principal(ADA, permissions).require(Permission.USERS_READ, unless_self=whose)


@pytest.mark.parametrize("whose", [None, GRACE])
def test_whoever_may_not_is_told_which_permission_is_missing(whose):
    with pytest.raises(PermissionDenied) as api_error:
        make_principal(ADA, READER).require(Permission.USERS_WRITE, unless_self=whose)

    assert api_error.value.members == {"permission": "users:write"}


@pytest.mark.parametrize("wanted", [set(), READER])
def test_whoever_holds_all_of_them_may_hand_them_on(wanted):
    make_principal(ADA, READER).require_all(wanted)


def test_the_first_permission_that_is_not_held_is_told():
    with pytest.raises(PermissionDenied) as api_error:
        make_principal(ADA, READER).require_all(set(Permission))

    assert api_error.value.members == {"permission": "audit:read"}


def test_permissions_are_listed_by_name_and_each_has_its_meaning():
    assert list(Permission) == sorted(Permission) == list(DESCRIPTIONS)
