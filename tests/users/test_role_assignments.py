"""Granting and withdrawing roles, without HTTP."""

import pytest
from sqlalchemy import select

from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.core.errors import InvalidRequest, PermissionDenied
from api.core.permissions import Permission
from api.core.secrets import new_id
from api.roles import service as roles
from api.roles.assignments import MAX_ROLES_PER_USER
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session
from api.users import role_assignments, search, service
from api.users.errors import TooManyRolesHeld, UserNotFound
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

PERSONNEL = ["roles:read", "roles:write", "users:read", "users:write"]
ALL = frozenset(Permission)
GRACE = {"username": "grace", "email": "grace@example.org", "password": "a foot of copper wire"}


@pytest.fixture
def define(root):
    def create_role(name, *permissions):
        definition = {"name": name, "description": "", "permissions": list(permissions)}
        in_transaction(lambda: roles.create(definition, by=root))

    return create_role


@pytest.fixture
def clerk(user, define):
    """A user who manages users and is not an administrator."""
    define("personnel", *PERSONNEL)
    return log_in(user("Clerk", role="personnel"))


def log_in(account):
    return authenticate_session(
        in_transaction(lambda: sessions.open_session(account.id)).session_id
    )


def grant(account, name, by):
    in_transaction(lambda: role_assignments.grant_role(account.id, name, by=by))


def withdraw(account, name, by):
    in_transaction(lambda: role_assignments.withdraw_role(account.id, name, by=by))


def read_events(name):
    events = db.session.scalars(select(AuditEvent).filter_by(event=name).order_by(AuditEvent.id))
    return [(event.subject_id, event.actor_id, event.details) for event in events]


def test_a_role_has_effect_as_soon_as_it_is_granted_or_withdrawn(user, root, define):
    ada = user("Ada")
    define("support", "users:read")

    grant(ada, "support", root)
    assert (log_in(ada).profile.roles, log_in(ada).permissions) == (
        ("support", "user"),
        {"users:read"},
    )
    withdraw(ada, "support", root)
    assert (log_in(ada).profile.roles, log_in(ada).permissions) == (("user",), set())

    role = {"role": "support"}
    assert read_events("role.granted") == read_events("role.withdrawn") == [(ada.id, root.id, role)]


def test_the_number_of_roles_of_a_user_is_limited(user, root, define):
    ada = user("Ada")
    for number in range(MAX_ROLES_PER_USER + 1):
        define(f"role-{number}")
    for number in range(MAX_ROLES_PER_USER):
        grant(ada, f"role-{number}", root)

    with pytest.raises(TooManyRolesHeld):
        grant(ada, f"role-{MAX_ROLES_PER_USER}", root)
    grant(ada, "role-0", root)


def test_granting_or_withdrawing_a_role_twice_records_one_event(user, root, define):
    ada = user("Ada")
    define("support", "users:read")

    for _ in range(2):
        grant(ada, "support", root)
    for _ in range(2):
        withdraw(ada, "support", root)
    grant(ada, "user", root)

    assert len(read_events("role.granted")) == len(read_events("role.withdrawn")) == 1


def test_a_change_of_the_roles_changes_the_account(user, root):
    ada = user("Ada")

    grant(ada, "admin", root)

    assert service.profile_by_id.first(id=ada.id).updated_at > ada.updated_at


def test_the_role_user_cannot_be_withdrawn(user, root):
    with pytest.raises(RoleBuiltIn):
        withdraw(user("Ada"), "user", root)


@pytest.mark.parametrize("act", [grant, withdraw])
def test_an_unknown_user_or_role_is_not_found(user, root, act):
    with pytest.raises(RoleNotFound):
        act(user("Ada"), "nope", root)
    with pytest.raises(UserNotFound):
        act(make_principal(new_id()), "user", root)


def test_a_permission_of_the_role_user_is_a_permission_of_every_user(user, root):
    ada = user("Ada")

    in_transaction(lambda: roles.update("user", {"permissions": ["users:read"]}, by=root))

    assert log_in(ada).permissions == {"users:read"}


def get_missing_permission(act):
    with pytest.raises(PermissionDenied) as api_error:
        act()
    return api_error.value.members["permission"]


def test_A_07_a_user_cannot_grant_or_withdraw_a_role_with_more_permissions(user, clerk, define):
    ada = user("Ada")
    define("auditor", "users:read", "users:import", "api_keys:read")

    assert get_missing_permission(lambda: grant(ada, "auditor", clerk)) == "api_keys:read"
    assert get_missing_permission(lambda: withdraw(ada, "auditor", clerk)) == "api_keys:read"
    assert get_missing_permission(lambda: grant(clerk, "admin", clerk)) == "api_keys:read"
    grant(ada, "personnel", clerk)
    withdraw(ada, "personnel", clerk)


@pytest.mark.parametrize(
    "act",
    [
        lambda other, by: service.update(other.id, {"display_name": "Someone"}, by=by),
        lambda other, by: service.update(other.id, {"status": "suspended"}, by=by),
        lambda other, by: service.delete(other.id, by=by),
        lambda other, by: role_assignments.grant_role(other.id, "personnel", by=by),
        lambda other, by: role_assignments.withdraw_role(other.id, "personnel", by=by),
    ],
    ids=["change", "suspend", "delete", "grant", "withdraw"],
)
def test_A_07_a_user_cannot_change_a_user_with_more_permissions(user, clerk, act):
    ruth, ada = user("Ruth", role="admin"), user("Ada")

    assert (
        get_missing_permission(lambda: in_transaction(lambda: act(ruth, clerk))) == "api_keys:read"
    )
    in_transaction(lambda: act(ada, clerk))


def test_A_07_a_user_can_change_their_own_account_with_fewer_permissions(user):
    ruth = user("Ruth", role="admin")
    fewer = make_principal(ruth.id, frozenset({Permission.USERS_WRITE}))

    changed = in_transaction(
        lambda: service.update(ruth.id, {"display_name": "Ruth King"}, by=fewer)
    )

    assert changed.display_name == "Ruth King"


class TestCreatingAUser:
    def test_roles_of_a_new_user_require_the_same_permissions_as_granting_them(self, clerk, define):
        define("auditor", "api_keys:read")
        writer = make_principal(clerk.id, clerk.permissions - {Permission.ROLES_WRITE})

        def create(by, *names):
            return in_transaction(
                lambda: service.create_for(service.prepare({**GRACE, "roles": names}), by=by)
            )

        assert get_missing_permission(lambda: create(clerk, "auditor")) == "api_keys:read"
        assert get_missing_permission(lambda: create(writer, "personnel")) == "roles:write"
        grace = create(clerk, "personnel", "user")
        assert grace.roles == ("personnel", "user")
        assert read_events("role.granted") == [(grace.id, clerk.id, {"role": "personnel"})]

    def test_an_unknown_role_of_a_new_user_is_rejected(self, root):
        with pytest.raises(InvalidRequest) as api_error:
            service.create_for(service.prepare({**GRACE, "roles": ["user", "nope"]}), by=root)

        assert api_error.value.members["errors"][0].pointer == "/roles/1"


def test_users_are_filtered_by_role(user, root, define):
    define("support")
    user("Ada", role="support")
    user("Grace")

    def found(role):
        query = {"limit": 100, "sort": "username", "count": True, "role": role}
        page = search.find(query)
        assert page.total == len(page.items)
        return [(person.username, person.roles) for person in page.items]

    assert found("support") == [("Ada", ("support", "user"))]
    assert found("admin") == [("Root", ("admin", "user"))]
    assert len(found("user")) == 3
    assert found("nope") == []


def test_a_new_user_can_have_the_maximum_number_of_roles_beside_user(define):
    names = [f"role-{number}" for number in range(MAX_ROLES_PER_USER + 1)]
    for name in names:
        define(name)

    assert len(role_assignments.find_roles([*names[1:], "user"])) == MAX_ROLES_PER_USER
    with pytest.raises(InvalidRequest) as error:
        role_assignments.find_roles(names)
    assert [(each.pointer, each.rule) for each in error.value.members["errors"]] == [
        ("/roles", "max_items")
    ]
