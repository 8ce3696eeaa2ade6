"""Which roles there are, and what they allow, told without HTTP."""

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

SUPPORT = {"name": "support", "description": "Those who help.", "permissions": ["users:read"]}


def create(by, **other):
    return in_transaction(lambda: service.create({**SUPPORT, **other}, by=by))


def update(name, by, if_match=None, **changes):
    guard = {} if if_match is None else {"if_match": if_match}
    return in_transaction(lambda: service.update(name, changes, by=by, **guard))


def delete(name, by, **guard):
    in_transaction(lambda: service.delete(name, by=by, **guard))


def told():
    facts = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(fact.event, fact.details) for fact in facts]


def test_the_built_in_roles_are_there_and_administrators_may_everything(root):
    admin, user = service.list_roles().items

    assert (admin.name, admin.permissions, admin.built_in) == ("admin", list(Permission), True)
    assert (user.name, user.permissions, user.built_in) == ("user", [], True)


def test_a_role_is_defined_changed_and_deleted(root):
    create(root, permissions=["users:write", "users:read"])

    assert service.read("support").permissions == ["users:read", "users:write"]
    changed = update("support", root, permissions=["audit:read"], description="Others.")
    assert (changed.permissions, changed.description) == (["audit:read"], "Others.")
    delete("support", root)
    with pytest.raises(RoleNotFound):
        service.read("support")

    role = {"role": "support"}
    assert told() == [
        ("role.created", role),
        ("role.updated", {**role, "changed": ["description", "permissions"]}),
        ("role.deleted", role),
    ]


def test_what_stays_as_it_is_was_not_changed(root):
    before = create(root).version

    assert update("support", root, permissions=["users:read"]).version == before
    assert [event for event, _ in told()] == ["role.created"]


def test_a_name_is_given_once(root):
    create(root)

    with pytest.raises(RoleTaken):
        create(root)


def test_there_is_an_end_to_them(root):
    moment = clock.now()
    rows = [{"name": f"role-{number}"} for number in range(service.MAX_ROLES - 2)]
    same = {"description": "", "permissions": "", "created_at": moment, "updated_at": moment}
    with autocommit() as connection:
        connection.execute(insert(Role), [{**row, **same, "version": 1} for row in rows])

    with pytest.raises(TooManyRoles):
        create(root)


@pytest.mark.parametrize(
    "act",
    [
        lambda root: update("admin", root, description="Gods"),
        lambda root: update("admin", root, permissions=[]),
        lambda root: delete("admin", root),
        lambda root: delete("user", root),
    ],
    ids=["describe admin", "empty admin", "delete admin", "delete user"],
)
def test_what_is_built_in_stays(root, act):
    with pytest.raises(RoleBuiltIn):
        act(root)


def test_what_everybody_may_can_be_changed(root):
    assert update("user", root, permissions=["users:read"]).permissions == ["users:read"]


def test_a_role_that_somebody_holds_is_not_deleted(root, user):
    create(root)
    user("Ada", role="support")

    with pytest.raises(RoleInUse):
        delete("support", root)


@pytest.mark.parametrize("act", [update, delete])
def test_a_role_that_is_not_there_is_not_found(root, act):
    with pytest.raises(RoleNotFound):
        act("nope", root)


@pytest.mark.parametrize(
    "act",
    [
        lambda by: create(by, name="mine", permissions=["users:write", "audit:read"]),
        lambda by: update("auditor", by, description="Others."),
        lambda by: update("auditor", by, permissions=[]),
        lambda by: update("support", by, permissions=["audit:read"]),
        lambda by: delete("auditor", by),
    ],
    ids=["define", "describe", "empty", "extend", "delete"],
)
def test_A_07_nobody_defines_what_they_do_not_hold(root, clerk, act):
    create(root)
    create(root, name="auditor", permissions=["audit:read"])

    with pytest.raises(PermissionDenied) as api_error:
        act(clerk)

    assert api_error.value.members == {"permission": "audit:read"}


def test_what_one_holds_one_may_define(clerk):
    assert create(clerk).permissions == ["users:read"]
    assert update("support", clerk, permissions=["roles:read"]).permissions == ["roles:read"]
    delete("support", clerk)


def test_a_change_is_meant_for_the_version_that_was_read(root):
    version = create(root).version
    read = ExpectedVersion(frozenset({version}))
    assert update("support", root, if_match=read, description="New.").version == version + 1

    with pytest.raises(PreconditionFailed):
        update("support", root, if_match=read, description="Newer.")
    with pytest.raises(PreconditionFailed):
        delete("support", root, if_match=read)
