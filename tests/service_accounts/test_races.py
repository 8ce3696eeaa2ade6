"""Changes of one service account at the same time. Each error is one of the API, never another."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.core.errors import ApiError
from api.roles import service as roles
from api.roles.assignments import MAX_ROLES_PER_USER
from api.roles.models import Role
from api.service_accounts import credentials, role_assignments, service
from api.service_accounts.credential_schemas import MAX_CREDENTIALS
from api.service_accounts.models import ClientCredential, ServiceAccount, ServiceAccountRole

pytestmark = pytest.mark.usefixtures("context")

SECRET = {"kind": "client_secret", "name": "Secret", "public_key": None, "expires_at": None}
ROUNDS = 5


@pytest.fixture
def run_at_once(app):
    """Run calls at the same time; each returns "done", or the code of its error."""

    def run_all(*calls):
        barrier = Barrier(len(calls))

        def run(call):
            with app.app_context():
                barrier.wait(timeout=10)
                try:
                    in_transaction(call)
                except ApiError as error:
                    return error.code
                return "done"

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(run, calls))

    return run_all


def count_rows(table, **filters):
    return db.session.scalar(select(func.count()).select_from(table).filter_by(**filters))


def test_a_role_that_is_granted_ten_times_at_once_is_granted_once(
    root, define, make_account, run_at_once
):
    define("reader")
    account = make_account()
    grant = partial(role_assignments.grant_role, account.id, "reader", by=root)

    assert run_at_once(*[grant] * 10) == ["done"] * 10
    assert service.get_account(account.id).roles == ("reader",)
    assert count_rows(AuditEvent, event="role.granted") == 1


def test_an_account_never_has_too_many_roles(root, define, make_account, run_at_once):
    names = [f"role-{number}" for number in range(MAX_ROLES_PER_USER + 4)]
    for name in names:
        define(name)
    account = make_account("Nightly sync", *names[: MAX_ROLES_PER_USER - 4])
    grants = [
        partial(role_assignments.grant_role, account.id, name, by=root)
        for name in names[MAX_ROLES_PER_USER - 4 :]
    ]

    outcomes = run_at_once(*grants)

    assert sorted(outcomes) == ["done"] * 4 + ["too_many_roles_held"] * 4
    assert len(service.get_account(account.id).roles) == MAX_ROLES_PER_USER


def test_an_account_that_is_deleted_meanwhile_is_not_found(root, define, make_account, run_at_once):
    define("reader")
    for _ in range(ROUNDS):
        account = make_account()
        outcomes = run_at_once(
            partial(role_assignments.grant_role, account.id, "reader", by=root),
            partial(service.delete, account.id, by=root),
            partial(credentials.create, account.id, SECRET, by=root),
            partial(service.update, account.id, {"name": "Other"}, by=root),
            partial(service.delete, account.id, by=root),
        )

        assert set(outcomes) <= {"done", "service_account_not_found"}
        assert outcomes[1] != outcomes[4]
        for table in (ServiceAccount, ServiceAccountRole, ClientCredential):
            assert count_rows(table) == 0


def test_a_role_is_either_granted_or_deleted(root, define, make_account, run_at_once):
    for number in range(ROUNDS):
        define(f"role-{number}")
        account = make_account(f"Account {number}")
        granted, deleted = run_at_once(
            partial(role_assignments.grant_role, account.id, f"role-{number}", by=root),
            partial(roles.delete, f"role-{number}", by=root),
        )
        assert (granted, deleted) in {("done", "role_in_use"), ("role_not_found", "done")}


def test_a_role_is_either_given_to_a_new_account_or_deleted(root, define, run_at_once):
    for number in range(ROUNDS):
        define(f"role-{number}")
        given = {"name": f"Account {number}", "roles": [f"role-{number}"]}
        created, deleted = run_at_once(
            partial(service.create, given, by=root),
            partial(roles.delete, f"role-{number}", by=root),
        )
        assert (created, deleted) in {("done", "role_in_use"), ("invalid_request", "done")}


def test_C_04_one_of_ten_accounts_gets_the_name(root, run_at_once):
    create = partial(service.create, {"name": "Nightly sync"}, by=root)
    outcomes = run_at_once(*[create] * 10)
    assert sorted(outcomes) == ["done"] + ["service_account_name_taken"] * 9


def test_an_account_never_has_too_many_credentials(root, make_account, run_at_once):
    account = make_account()
    create = partial(credentials.create, account.id, SECRET, by=root)

    outcomes = run_at_once(*[create] * (MAX_CREDENTIALS + 4))

    assert sorted(outcomes) == ["done"] * MAX_CREDENTIALS + ["too_many_client_credentials"] * 4
    assert count_rows(ClientCredential) == MAX_CREDENTIALS
    assert count_rows(AuditEvent, event="client_credential.created") == MAX_CREDENTIALS


def test_a_credential_is_deleted_once(root, make_account, run_at_once):
    account = make_account()
    credential = in_transaction(lambda: credentials.create(account.id, SECRET, by=root))
    delete = partial(credentials.delete, account.id, credential.id, by=root)

    outcomes = run_at_once(*[delete] * 5)

    assert sorted(outcomes) == ["client_credential_not_found"] * 4 + ["done"]
    assert count_rows(AuditEvent, event="client_credential.deleted") == 1


@pytest.mark.parametrize("act", [role_assignments.grant_role, role_assignments.withdraw_role])
def test_a_role_cannot_change_while_it_is_granted_or_withdrawn(root, define, make_account, act):
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    define("reader")
    account = make_account()
    change = select(Role).filter_by(name="reader").with_for_update(nowait=True, key_share=True)

    def act_and_change():
        act(account.id, "reader", by=root)
        with (
            db.engine.connect() as connection,
            pytest.raises(OperationalError, match="could not obtain lock"),
        ):
            connection.execute(change)

    in_transaction(act_and_change)
