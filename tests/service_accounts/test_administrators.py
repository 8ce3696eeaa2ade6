"""What a service account with the role `admin` is not."""

import pytest

from api.core.database import in_transaction
from api.roles import service as roles
from api.roles.errors import RoleInUse
from api.service_accounts import role_assignments, service
from api.users import role_assignments as user_roles
from api.users import service as users
from api.users.errors import LastAdministrator
from api.users.models import Status

pytestmark = pytest.mark.usefixtures("context")


@pytest.mark.parametrize(
    "remove",
    [
        lambda root: user_roles.withdraw_role(root.id, "admin", by=root),
        lambda root: users.update(root.id, {"status": Status.SUSPENDED}, by=root),
        lambda root: users.delete(root.id, by=root),
    ],
    ids=["demoted", "suspended", "deleted"],
)
def test_A_07_a_service_account_is_not_another_administrator(root, make_account, remove):
    make_account("Robot", "admin")
    with pytest.raises(LastAdministrator):
        in_transaction(lambda: remove(root))


@pytest.mark.parametrize(
    "remove",
    [
        lambda robot, root: role_assignments.withdraw_role(robot.id, "admin", by=root),
        lambda robot, root: service.update(robot.id, {"status": "suspended"}, by=root),
        lambda robot, root: service.delete(robot.id, by=root),
    ],
    ids=["demoted", "suspended", "deleted"],
)
def test_the_only_service_account_with_the_role_can_lose_it(root, make_account, remove):
    robot = make_account("Robot", "admin")
    in_transaction(lambda: remove(robot, root))


def test_a_role_that_a_service_account_has_is_not_deleted(root, define, make_account):
    define("reader")
    account = make_account("Nightly sync", "reader")

    with pytest.raises(RoleInUse):
        in_transaction(lambda: roles.delete("reader", by=root))
    in_transaction(lambda: role_assignments.withdraw_role(account.id, "reader", by=root))
    in_transaction(lambda: roles.delete("reader", by=root))
