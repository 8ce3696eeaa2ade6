"""An active administrator always remains, also if administrators are removed at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import update

from api.core import clock
from api.core.database import db, in_transaction
from api.core.permissions import Permission
from api.users import role_assignments, search, service
from api.users.errors import LastAdministrator, UserNotFound
from api.users.models import Status, User
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")


def appoint(account, by):
    in_transaction(lambda: role_assignments.grant_role(account.id, "admin", by=by))


def demote(account, by):
    in_transaction(lambda: role_assignments.withdraw_role(account.id, "admin", by=by))


def set_status(account, status, by):
    in_transaction(lambda: service.update(account.id, {"status": status}, by=by))


def suspend(account, by):
    set_status(account, Status.SUSPENDED, by)


def delete(account, by):
    in_transaction(lambda: service.delete(account.id, by=by))


def find_administrators():
    query = {"limit": 9, "sort": "username", "count": False}
    return search.find({**query, "role": "admin", "status": "active"}).items


def run_at_once(app, *calls):
    """Run calls at the same time, each in its own thread, and return their outcomes."""
    barrier = Barrier(len(calls))

    def run(call):
        with app.app_context():
            barrier.wait(timeout=10)
            try:
                call()
            except (LastAdministrator, UserNotFound):
                return "rejected"
            return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.parametrize("remove", [suspend, delete, demote])
def test_A_07_the_last_active_administrator_cannot_be_removed(root, user, remove):
    user("Ruth", role="admin", status=Status.SUSPENDED)

    with pytest.raises(LastAdministrator):
        remove(root, root)


@pytest.mark.parametrize(
    "password",
    [{"password_hash": None}, {"password_expires_at": clock.now() - timedelta(seconds=1)}],
    ids=["none", "expired"],
)
def test_an_administrator_without_a_valid_password_does_not_count_as_another_administrator(
    user, root, password
):
    ruth = user("Ruth", role="admin")
    statement = update(User).filter_by(id=ruth.id).values(**password)
    in_transaction(lambda: db.session.execute(statement))

    with pytest.raises(LastAdministrator):
        delete(root, root)


def test_a_reactivated_administrator_can_be_the_last_administrator(root, user):
    ruth = user("Ruth", role="admin", status=Status.SUSPENDED)

    set_status(ruth, Status.ACTIVE, root)
    demote(root, root)

    with pytest.raises(LastAdministrator):
        delete(ruth, root)


@pytest.mark.parametrize("number", [2, 6])
def test_A_07_one_administrator_remains_when_all_demote_each_other_at_once(app, root, user, number):
    others = [user(f"Admin{n}", role="admin") for n in range(number - 1)]
    administrators = [
        root,
        *(make_principal(other.id, frozenset(Permission)) for other in others),
    ]
    neighbours = [*administrators[1:], root]
    pairs = zip(neighbours, administrators, strict=True)

    outcomes = run_at_once(app, *(partial(demote, neighbour, by) for neighbour, by in pairs))

    assert sorted(outcomes) == ["done"] * (number - 1) + ["rejected"]
    assert len(find_administrators()) == 1


@pytest.mark.parametrize("remove", [suspend, delete, demote])
def test_A_07_one_administrator_remains_while_another_is_appointed_and_removed(
    app, root, user, remove
):
    for number in range(5):
        ada = user(f"Ada{number}")

        run_at_once(
            app,
            partial(appoint, ada, root),
            partial(remove, ada, root),
            partial(demote, root, root),
        )

        remaining = {administrator.id for administrator in find_administrators()}
        assert remaining
        if root.id not in remaining:
            appoint(root, root)
        if ada.id in remaining:
            demote(ada, root)
