"""The rules of service accounts, without HTTP."""

import pytest
from sqlalchemy import func, select

from api.api_keys.models import ApiKey
from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.core.errors import InvalidRequest, PermissionDenied, SessionRequired
from api.core.etags import ExpectedVersion, PreconditionFailed
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.roles.errors import RoleBuiltIn
from api.service_accounts import role_assignments, search, service
from api.service_accounts.errors import ServiceAccountNameTaken, ServiceAccountNotFound
from api.service_accounts.models import ClientCredential, ServiceAccount, ServiceAccountRole
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

MANAGER = {Permission.SERVICE_ACCOUNTS_WRITE, Permission.ROLES_WRITE}
LIST = {"limit": 9, "sort": "created_at"}
STALE = ExpectedVersion(frozenset({99}))


def create(by, name="Nightly sync", **members):
    return in_transaction(lambda: service.create({"name": name, **members}, by=by))


def update(account, by, if_match=None, **changes):
    options = {} if if_match is None else {"if_match": if_match}
    return in_transaction(lambda: service.update(account.id, changes, by=by, **options))


def suspend(account, by, if_match=None):
    update(account, by, if_match, status="suspended")


def delete(account, by, if_match=None):
    options = {} if if_match is None else {"if_match": if_match}
    in_transaction(lambda: service.delete(account.id, by=by, **options))


def grant(account, by, if_match=None):
    options = {} if if_match is None else {"if_match": if_match}
    work = lambda: role_assignments.grant_role(account.id, "reader", by=by, **options)  # noqa: E731
    in_transaction(work)


def withdraw(account, by, if_match=None):
    options = {} if if_match is None else {"if_match": if_match}
    work = lambda: role_assignments.withdraw_role(  # noqa: E731
        account.id, "reader", by=by, **options
    )
    in_transaction(work)


ACTS = [suspend, delete, grant, withdraw]


def read_events(subject):
    rows = select(AuditEvent).filter_by(subject_id=subject.id).order_by(AuditEvent.at)
    return [(row.event, row.actor_id, row.details) for row in db.session.scalars(rows)]


def list_names(**filters):
    return [row.name for row in search.find({**LIST, **filters}).items]


def test_a_new_account_is_active_and_has_no_role(root):
    account = create(root, description="Copies users.")

    row = service.get_account(account.id)
    assert (row.name, row.description, row.status) == ("Nightly sync", "Copies users.", "active")
    assert (row.roles, row.permissions, row.created_by) == ((), frozenset(), root.id)
    assert read_events(account) == [("service_account.created", root.id, {})]


def test_an_account_has_the_permissions_of_its_roles_and_not_those_of_users(root, define):
    define("reader", Permission.USERS_READ)
    account = create(root, roles=["reader"])

    row = service.get_account(account.id)
    assert (row.roles, row.permissions) == (("reader",), {Permission.USERS_READ})
    assert read_events(account)[1] == ("role.granted", root.id, {"role": "reader"})


def test_the_operator_creates_accounts(context):
    assert service.get_account(create(OPERATOR).id).created_by is None


@pytest.mark.parametrize("name", ["nightly SYNC", "Nightly sync ", "\uff2eightly sync"])
def test_a_name_is_taken_in_any_spelling(root, name):
    create(root)
    other = create(root, "Other")
    with pytest.raises(ServiceAccountNameTaken):
        create(root, name)
    with pytest.raises(ServiceAccountNameTaken):
        update(other, root, name=name)


def test_the_own_name_can_be_spelled_differently(root):
    account = create(root)
    assert update(account, root, name="NIGHTLY SYNC").name == "NIGHTLY SYNC"
    assert search.find_by_name("nightly sync").id == account.id


def test_a_long_name_whose_key_is_longer_fits(root):
    create(root, "\ufdfa" * 80)  # one letter, whose key has eighteen
    assert list_names() == ["\ufdfa" * 80]


def test_the_role_of_users_is_rejected(root):
    with pytest.raises(RoleBuiltIn):
        create(root, roles=["admin", "user"])
    assert list_names() == []


def test_an_unknown_role_is_rejected(root):
    with pytest.raises(InvalidRequest) as error:
        create(root, roles=["admin", "nope"])
    assert error.value.members["errors"][0].pointer == "/roles/1"
    assert list_names() == []


def test_changes_are_recorded_by_the_names_of_the_members(root):
    account = create(root)
    update(account, root, name="Sync", description="Copies users.")
    update(account, root, name="Sync", status="active")

    changed = {"changed": ["description", "name"]}
    assert read_events(account)[1:] == [("service_account.updated", root.id, changed)]


def test_a_suspension_and_its_end_are_recorded_with_the_reason(root):
    account = create(root)
    update(account, root, status="suspended", status_reason="Leaked.", name="Sync")
    assert service.get_account(account.id).status_reason == "Leaked."
    update(account, root, status="active")
    assert service.get_account(account.id).status_reason is None

    assert read_events(account)[1:] == [
        ("service_account.suspended", root.id, {"reason": "Leaked."}),
        ("service_account.updated", root.id, {"changed": ["name"]}),
        ("service_account.reactivated", root.id, {"reason": None}),
    ]


def test_a_deleted_account_leaves_no_role_no_credential_and_no_key(root, define):
    define("reader", Permission.USERS_READ)
    account = create(root, roles=["reader"])
    credential = ClientCredential(service_account_id=account.id, kind="client_secret", name="One")
    key = ApiKey(
        service_account_id=account.id, name="One", digest=bytes(32), last4="abcd", scopes=[]
    )
    db.session.add_all([credential, key])
    db.session.commit()

    delete(account, root)

    for table in (ServiceAccount, ServiceAccountRole, ClientCredential, ApiKey):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert read_events(account)[-1] == ("service_account.deleted", root.id, {})
    with pytest.raises(ServiceAccountNotFound):
        service.get_account(account.id)


@pytest.mark.parametrize("act", ACTS)
def test_an_unknown_account_is_not_found(root, define, act):
    define("reader")
    with pytest.raises(ServiceAccountNotFound):
        act(make_principal(new_id()), root)


@pytest.mark.parametrize("act", ACTS)
def test_a_change_of_another_version_is_rejected(root, define, make_account, act):
    define("reader")
    with pytest.raises(PreconditionFailed):
        act(make_account(), root, STALE)


@pytest.mark.parametrize("act", ACTS)
def test_A_07_an_account_with_more_permissions_cannot_be_managed(user, define, make_account, act):
    define("reader", Permission.USERS_READ)
    account = make_account("Nightly sync", "reader")
    clerk = make_principal(user("Clerk").id, MANAGER)

    with pytest.raises(PermissionDenied) as error:
        act(account, clerk)

    assert error.value.members == {"permission": "users:read"}
    act(account, make_principal(clerk.id, MANAGER | {Permission.USERS_READ}))


def test_A_07_an_account_gets_no_role_with_more_permissions(user, define):
    define("reader", Permission.USERS_READ)
    clerk = make_principal(user("Clerk").id, MANAGER)
    account = create(clerk)

    with pytest.raises(PermissionDenied):
        create(clerk, "Other", roles=["reader"])
    with pytest.raises(PermissionDenied):
        grant(account, clerk)
    assert list_names() == ["Nightly sync"]


def test_A_07_roles_of_a_new_account_need_the_permission_to_grant_them(user, define):
    define("empty")
    clerk = make_principal(user("Clerk").id, {Permission.SERVICE_ACCOUNTS_WRITE})
    with pytest.raises(PermissionDenied) as error:
        create(clerk, roles=["empty"])
    assert error.value.members == {"permission": "roles:write"}


@pytest.mark.parametrize("act", ACTS)
def test_K_03_a_service_account_cannot_change_itself(define, make_account, as_caller, act):
    define("reader", Permission.USERS_READ)
    account = make_account("Robot", "admin")
    with pytest.raises(SessionRequired):
        act(account, as_caller(account))


def test_a_service_account_manages_another_one_within_its_permissions(
    define, make_account, as_caller
):
    define("manager", *MANAGER)
    define("reader", Permission.USERS_READ)
    robot = as_caller(make_account("Robot", "manager"))

    other = create(robot, "Other")
    assert other.created_by == robot.id
    with pytest.raises(PermissionDenied):
        grant(other, robot)
    suspend(other, robot)
    delete(other, robot)


def test_accounts_are_found_by_status_role_and_a_part_of_the_name(root, define):
    define("reader", Permission.USERS_READ)
    create(root, "Nightly sync", roles=["reader"])
    suspend(create(root, "100% backup"), root)
    create(root, "STRASSE export")

    assert list_names() == ["Nightly sync", "100% backup", "STRASSE export"]
    assert list_names(status="suspended") == ["100% backup"]
    assert list_names(role="reader") == ["Nightly sync"]
    assert list_names(q="SYNC") == ["Nightly sync"]
    assert list_names(q="straße") == ["STRASSE export"]
    assert list_names(q="%") == ["100% backup"]
    assert list_names(q="_") == []
    assert list_names(q="", status="active", role="reader") == ["Nightly sync"]


def test_the_pages_of_the_list_are_complete(root):
    names = [f"Account {number}" for number in range(5)]
    for name in names:
        create(root, name)

    found, query = [], {"limit": 2, "sort": "-created_at"}
    while True:
        page = search.find(query)
        found += [row.name for row in page.items]
        if page.next is None:
            break
        query["cursor"] = page.next
    assert found == names[::-1]
