"""Roles of accounts: who may grant and withdraw them, told without HTTP."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy import update as change_row

from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.core.errors import InvalidRequest, PermissionDenied
from api.core.permissions import Permission
from api.core.secrets import new_id
from api.roles import service as roles
from api.roles.errors import RoleBuiltIn, RoleNotFound
from api.roles.rights import MAX_ROLES_PER_USER
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session
from api.users import grants, search, service
from api.users.errors import LastAdministrator, TooManyRolesHeld, UserNotFound
from api.users.models import User
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

PERSONNEL = ["roles:read", "roles:write", "users:read", "users:write"]
GRACE = {"username": "grace", "email": "grace@example.org", "password": "a foot of copper wire"}


@pytest.fixture
def root(user):
    return make_principal(user("Root", role="admin").id, frozenset(Permission))


@pytest.fixture
def define(root):
    def define(name, *permissions):
        definition = {"name": name, "description": "", "permissions": list(permissions)}
        in_transaction(lambda: roles.create(definition, by=root))

    return define


@pytest.fixture
def clerk(user, define):
    """Somebody who manages accounts, and is no administrator."""
    define("personnel", *PERSONNEL)
    return acting(user("Clerk", role="personnel"))


def acting(account):
    issued = in_transaction(lambda: sessions.open_session(account.id))
    return authenticate_session(issued.session_id)


def grant(account, name, by):
    in_transaction(lambda: grants.grant(account.id, name, by=by))


def withdraw(account, name, by):
    in_transaction(lambda: grants.withdraw(account.id, name, by=by))


def facts(event):
    found = db.session.scalars(select(AuditEvent).filter_by(event=event).order_by(AuditEvent.id))
    return [(fact.subject_id, fact.actor_id, fact.details) for fact in found]


def test_a_role_is_granted_and_withdrawn_and_bites_at_the_next_request(user, root, define):
    ada = user("Ada")
    define("support", "users:read")

    grant(ada, "support", root)
    assert (acting(ada).profile.roles, acting(ada).permissions) == (
        ("support", "user"),
        {"users:read"},
    )
    withdraw(ada, "support", root)
    assert (acting(ada).profile.roles, acting(ada).permissions) == (("user",), set())

    role = {"role": "support"}
    assert facts("role.granted") == facts("role.withdrawn") == [(ada.id, root.id, role)]


def test_an_account_holds_so_many_roles_that_its_tokens_can_be_sent(user, root, define):
    ada = user("Ada")
    for number in range(MAX_ROLES_PER_USER + 1):
        define(f"role-{number}")
    for number in range(MAX_ROLES_PER_USER):
        grant(ada, f"role-{number}", root)

    with pytest.raises(TooManyRolesHeld):
        grant(ada, f"role-{MAX_ROLES_PER_USER}", root)
    grant(ada, "role-0", root)


def test_who_cannot_log_in_is_not_the_administrator_who_is_left(user, root):
    ghost = user("Ghost", role="admin")
    without = change_row(User).filter_by(id=ghost.id).values(password_hash=None)
    in_transaction(lambda: db.session.execute(without))

    with pytest.raises(LastAdministrator):
        in_transaction(lambda: service.delete(root.id, by=root))


def test_what_is_done_already_is_not_done_again(user, root, define):
    ada = user("Ada")
    define("support", "users:read")

    for _ in range(2):
        grant(ada, "support", root)
    for _ in range(2):
        withdraw(ada, "support", root)
    grant(ada, "user", root)

    assert len(facts("role.granted")) == len(facts("role.withdrawn")) == 1


def test_an_account_whose_roles_change_has_changed(user, root):
    ada = user("Ada")

    grant(ada, "admin", root)

    assert service.profile_of.first(id=ada.id).updated_at > ada.updated_at


def test_everybody_stays_a_user(user, root):
    with pytest.raises(RoleBuiltIn):
        withdraw(user("Ada"), "user", root)


@pytest.mark.parametrize("act", [grant, withdraw])
def test_whoever_or_whatever_is_not_there_is_not_found(user, root, act):
    with pytest.raises(RoleNotFound):
        act(user("Ada"), "nope", root)
    with pytest.raises(UserNotFound):
        act(make_principal(new_id()), "user", root)


def test_what_everybody_may_everybody_may(user, root):
    ada = user("Ada")

    in_transaction(lambda: roles.update("user", {"permissions": ["users:read"]}, by=root))

    assert acting(ada).permissions == {"users:read"}


def rejected(act):
    with pytest.raises(PermissionDenied) as api_error:
        act()
    return api_error.value.members["permission"]


def test_A_07_nobody_grants_or_withdraws_what_they_do_not_hold(user, clerk, define):
    ada, auditor = user("Ada"), make_principal(clerk.id)
    define("auditor", "users:read", "users:import", "audit:read")

    assert rejected(lambda: grant(ada, "auditor", clerk)) == "audit:read"
    assert rejected(lambda: withdraw(ada, "auditor", clerk)) == "audit:read"
    assert rejected(lambda: grant(auditor, "admin", clerk)) == "audit:read"
    grant(ada, "personnel", clerk)
    withdraw(ada, "personnel", clerk)


@pytest.mark.parametrize(
    "act",
    [
        lambda other, by: service.update(other.id, {"display_name": "Fool"}, by=by),
        lambda other, by: service.update(other.id, {"status": "suspended"}, by=by),
        lambda other, by: service.delete(other.id, by=by),
        lambda other, by: grants.grant(other.id, "personnel", by=by),
        lambda other, by: grants.withdraw(other.id, "personnel", by=by),
    ],
    ids=["change", "suspend", "delete", "grant", "withdraw"],
)
def test_A_07_nobody_acts_on_an_account_that_may_more_than_they_do(user, clerk, act):
    ruth, ada = user("Ruth", role="admin"), user("Ada")

    assert rejected(lambda: in_transaction(lambda: act(ruth, clerk))) == "audit:read"
    in_transaction(lambda: act(ada, clerk))


def test_A_07_one_may_change_oneself_whatever_one_holds(user):
    ruth = user("Ruth", role="admin")
    fewer = make_principal(ruth.id, frozenset({Permission.USERS_WRITE}))

    changed = in_transaction(lambda: service.update(ruth.id, {"display_name": "Me"}, by=fewer))

    assert changed.display_name == "Me"


class TestOpeningAnAccount:
    def test_with_roles_takes_what_granting_them_takes(self, clerk, define):
        define("auditor", "audit:read")
        writer = make_principal(clerk.id, clerk.permissions - {Permission.ROLES_WRITE})

        def create(by, *names):
            return in_transaction(
                lambda: service.create_for(service.prepare({**GRACE, "roles": names}), by=by)
            )

        assert rejected(lambda: create(clerk, "auditor")) == "audit:read"
        assert rejected(lambda: create(writer, "personnel")) == "roles:write"
        grace = create(clerk, "personnel", "user")
        assert grace.roles == ("personnel", "user")
        assert facts("role.granted") == [(grace.id, clerk.id, {"role": "personnel"})]

    def test_with_a_role_that_is_none_is_refused(self, root):
        with pytest.raises(InvalidRequest) as api_error:
            service.create_for(service.prepare({**GRACE, "roles": ["user", "nope"]}), by=root)

        assert api_error.value.members["errors"][0].pointer == "/roles/1"


def test_people_are_found_by_a_role(user, root, define):
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


class TestTheLastAdministrator:
    def test_A_07_stays_among_many_who_demote_each_other_at_once(self, app, root, user):
        others = [user(f"Admin{number}", role="admin") for number in range(5)]
        everybody = [root, *(make_principal(each.id, frozenset(Permission)) for each in others)]
        together = Barrier(len(everybody))

        def demote(place):
            with app.app_context():
                together.wait(timeout=10)
                whom = everybody[(place + 1) % len(everybody)]
                try:
                    withdraw(whom, "admin", everybody[place])
                except LastAdministrator:
                    return "refused"
                return "demoted"

        with ThreadPoolExecutor(len(everybody)) as pool:
            outcomes = list(pool.map(demote, range(len(everybody))))

        assert sorted(outcomes) == ["demoted"] * 5 + ["refused"]
        left = search.find({"limit": 9, "sort": "username", "count": False, "role": "admin"})
        assert len(left.items) == 1

    @pytest.mark.parametrize("leave", ["suspend", "delete", "withdraw"])
    def test_A_07_stays_when_another_is_made_one_meanwhile(self, app, root, user, leave):
        """Ada becomes one while she is taken away, and Root steps down: never are both gone."""
        for number in range(5):
            ada = user(f"Ada{number}")
            together = Barrier(3)
            acts = {
                "suspend": lambda ada=ada: service.update(ada.id, {"status": "suspended"}, by=root),
                "delete": lambda ada=ada: service.delete(ada.id, by=root),
                "withdraw": lambda ada=ada: grants.withdraw(ada.id, "admin", by=root),
            }

            def attempt(act, together=together):
                with app.app_context():
                    together.wait(timeout=10)
                    try:
                        in_transaction(act)
                    except (LastAdministrator, UserNotFound):
                        return

            with ThreadPoolExecutor(3) as pool:
                list(
                    pool.map(
                        attempt,
                        [
                            lambda ada=ada: grants.grant(ada.id, "admin", by=root),
                            acts[leave],
                            lambda: grants.withdraw(root.id, "admin", by=root),
                        ],
                    )
                )

            query = {"limit": 9, "sort": "username", "count": False}
            left = search.find({**query, "role": "admin", "status": "active"})
            assert left.items
            if root.id not in {person.id for person in left.items}:
                grant(root, "admin", root)
                for person in left.items:
                    withdraw(person, "admin", root)
