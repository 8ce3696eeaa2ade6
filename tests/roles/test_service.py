"""The rules of defining, changing and deleting roles, without HTTP."""

import pytest
from sqlalchemy import insert, select

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import autocommit, db, in_transaction
from api.core.errors import PermissionDenied
from api.core.etags import ExpectedVersion, PreconditionFailed
from api.core.permissions import Permission
from api.roles import service
from api.roles.errors import RoleBuiltIn, RoleInUse, RoleNotFound, RoleTaken, TooManyRoles
from api.roles.models import Role

pytestmark = pytest.mark.usefixtures("context")

SUPPORT = {"name": "support", "description": "Help users.", "permissions": ["users:read"]}


def create(by, **members):
    return in_transaction(lambda: service.create({**SUPPORT, **members}, by=by))


def update(name, by, if_match=None, **changes):
    options = {} if if_match is None else {"if_match": if_match}
    return in_transaction(lambda: service.update(name, changes, by=by, **options))


def delete(name, by, **options):
    in_transaction(lambda: service.delete(name, by=by, **options))


def read_events():
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(event.event, event.details) for event in events]


def test_the_built_in_roles_exist_and_administrators_have_all_permissions(root):
    admin, user = service.list_roles().items

    assert (admin.name, admin.permissions, admin.built_in) == ("admin", list(Permission), True)
    assert (user.name, user.permissions, user.built_in) == ("user", [], True)


def test_a_role_is_defined_changed_and_deleted(root):
    create(root, permissions=["users:write", "users:read"])

    assert service.read("support").permissions == ["users:read", "users:write"]
    changed = update("support", root, permissions=["audit:read"], description="Audit.")
    assert (changed.permissions, changed.description) == (["audit:read"], "Audit.")
    delete("support", root)
    with pytest.raises(RoleNotFound):
        service.read("support")

    role = {"role": "support"}
    assert read_events() == [
        ("role.created", role),
        ("role.updated", {**role, "changed": ["description", "permissions"]}),
        ("role.deleted", role),
    ]


def test_an_update_to_the_same_values_changes_and_records_nothing(root):
    before = create(root).version

    assert update("support", root, permissions=["users:read"]).version == before
    assert [event for event, _ in read_events()] == ["role.created"]


def test_an_update_that_removes_a_permission_of_another_version_is_recorded(root):
    create(root)
    stored = "moon:fly users:read"
    in_transaction(lambda: setattr(db.session.get(Role, "support"), "stored_permissions", stored))
    assert service.read("support").permissions == ["users:read"]

    update("support", root, permissions=["users:read"])

    assert read_events()[-1] == (
        "role.updated",
        {"role": "support", "changed": ["permissions"]},
    )


def test_a_name_of_another_role_is_rejected(root):
    create(root)

    with pytest.raises(RoleTaken):
        create(root)


def test_the_number_of_roles_is_limited(root):
    now = clock.now()
    rows = [{"name": f"role-{number}"} for number in range(service.MAX_ROLES - 2)]
    columns = {"description": "", "permissions": "", "created_at": now, "updated_at": now}
    with autocommit() as connection:
        connection.execute(insert(Role), [{**row, **columns, "version": 1} for row in rows])

    with pytest.raises(TooManyRoles):
        create(root)


@pytest.mark.parametrize(
    "act",
    [
        lambda root: update("admin", root, description="Something else."),
        lambda root: update("admin", root, permissions=[]),
        lambda root: delete("admin", root),
        lambda root: delete("user", root),
    ],
    ids=["describe admin", "empty admin", "delete admin", "delete user"],
)
def test_a_built_in_role_cannot_be_changed_or_deleted(root, act):
    with pytest.raises(RoleBuiltIn):
        act(root)


def test_the_permissions_of_the_role_user_can_be_changed(root):
    assert update("user", root, permissions=["users:read"]).permissions == ["users:read"]


def test_a_role_that_a_user_has_is_not_deleted(root, user):
    create(root)
    user("Ada", role="support")

    with pytest.raises(RoleInUse):
        delete("support", root)


@pytest.mark.parametrize("act", [update, delete])
def test_an_unknown_role_is_not_found(root, act):
    with pytest.raises(RoleNotFound):
        act("nope", root)


@pytest.mark.parametrize(
    "act",
    [
        lambda by: create(by, name="mine", permissions=["users:write", "audit:read"]),
        lambda by: update("auditor", by, description="Audit."),
        lambda by: update("auditor", by, permissions=[]),
        lambda by: update("support", by, permissions=["audit:read"]),
        lambda by: delete("auditor", by),
    ],
    ids=["define", "describe", "empty", "extend", "delete"],
)
def test_A_07_a_user_cannot_define_or_change_a_role_with_more_permissions(root, clerk, act):
    create(root)
    create(root, name="auditor", permissions=["audit:read"])

    with pytest.raises(PermissionDenied) as api_error:
        act(clerk)

    assert api_error.value.members == {"permission": "audit:read"}


def test_a_user_can_define_a_role_with_own_permissions(clerk):
    assert create(clerk).permissions == ["users:read"]
    assert update("support", clerk, permissions=["roles:read"]).permissions == ["roles:read"]
    delete("support", clerk)


def test_a_change_of_another_version_is_rejected(root):
    version = create(root).version
    expected = ExpectedVersion(frozenset({version}))
    assert update("support", root, if_match=expected, description="New.").version == version + 1

    with pytest.raises(PreconditionFailed):
        update("support", root, if_match=expected, description="Newer.")
    with pytest.raises(PreconditionFailed):
        delete("support", root, if_match=expected)
