"""Deleting accounts, restoring and purging them, told without HTTP."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api.audit.models import AuditEvent
from api.core import clock
from api.core.database import db, in_transaction
from api.core.errors import PermissionDenied, StepUpRequired, Unauthenticated
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session
from api.users import credentials, grants, purging, search, service
from api.users.errors import EmailTaken, LastAdministrator, UsernameTaken, UserNotFound
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def root(user):
    return make_principal(user("Root", role="admin").id, frozenset(Permission))


def facts():
    found = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(fact.event, fact.details) for fact in found]


@pytest.fixture
def delete(root):
    return lambda user: in_transaction(lambda: service.delete(user.id, by=root))


def in_session(user):
    """Open a session, and return its id."""
    return in_transaction(lambda: sessions.open_session(user.id)).session_id


@pytest.fixture
def restore(root):
    return lambda user: in_transaction(lambda: service.restore(user.id, by=root))


class TestDeletion:
    def test_A_08_makes_an_account_as_good_as_gone(self, user, root, delete):
        ada = user("Ada", role="admin")
        known = credentials.of.first(id=ada.id)
        act = make_principal(ada.id, frozenset(Permission), authenticated_at=clock.now())
        session = in_session(ada)

        delete(ada)

        assert service.profile_of.first(id=ada.id) is None
        assert authenticate_session(session) is None
        assert (
            credentials.find_credentials("ada", None)
            is credentials.find_credentials(None, ada.email)
            is None
        )
        for attempt in (
            lambda: service.update(ada.id, {"username": "lovelace"}, by=root),
            lambda: service.delete(ada.id, by=root),
            lambda: service.delete_own(by=act),
            lambda: grants.grant(ada.id, "admin", by=root),
            lambda: grants.withdraw(ada.id, "admin", by=root),
        ):
            with pytest.raises(UserNotFound):
                in_transaction(attempt)
        with pytest.raises(Unauthenticated):
            in_transaction(lambda: credentials.set_password(known, "walnut gazebo", by=OPERATOR))

    def test_A_08_frees_the_names_for_an_account_of_another_id(self, user, delete):
        ada = user("Ada")
        delete(ada)
        again = user("Ada")

        assert again.id != ada.id
        with pytest.raises(IntegrityError):
            user("ADA")
        delete(again)

    def test_of_oneself_takes_no_permission(self, user):
        ada = user("Ada")

        proven = make_principal(ada.id, authenticated_at=clock.now())
        in_transaction(lambda: service.delete_own(by=proven))

        assert service.profile_of.first(id=ada.id) is None
        assert facts() == [("user.deleted", {"sessions_ended": 0})]

    @pytest.mark.parametrize("ago", [None, 601])
    def test_S_10_of_oneself_takes_that_one_has_just_proven_it(self, user, ago):
        proven = ago and clock.now() - timedelta(seconds=ago)
        by = make_principal(user("Ada").id, authenticated_at=proven)

        with pytest.raises(StepUpRequired) as api_error:
            in_transaction(lambda: service.delete_own(by=by))
        assert api_error.value.members == {"max_age": 600}

    def test_A_07_leaves_the_last_administrator(self, user, root, delete):
        ruth = user("Ruth", role="admin")
        delete(ruth)

        by = make_principal(root.id, root.permissions, authenticated_at=clock.now())
        with pytest.raises(LastAdministrator):
            in_transaction(lambda: service.delete_own(by=by))

    def test_can_be_undone_with_roles_but_without_tokens(self, user, root, delete, restore):
        ruth = user("Ruth", role="admin")
        session = in_session(ruth)
        delete(ruth)

        restored = restore(ruth)

        assert (restored.id, restored.roles, restored.deleted_at) == (
            ruth.id,
            ("admin", "user"),
            None,
        )
        assert authenticate_session(session) is None
        assert credentials.find_credentials("ruth", None).id == ruth.id
        assert facts() == [("user.deleted", {"sessions_ended": 1}), ("user.restored", {})]

    @pytest.mark.parametrize(
        ("taken", "api_error"),
        [
            ({"username": "ADA", "email": "other@example.org"}, UsernameTaken),
            ({"username": "other", "email": "ADA@example.org"}, EmailTaken),
            ({"username": "ada", "email": "ada@example.org"}, UsernameTaken),
        ],
    )
    def test_is_not_undone_where_the_names_are_taken(self, user, delete, restore, taken, api_error):
        ada = user("Ada")
        delete(ada)
        user("Other", **taken)

        with pytest.raises(api_error):
            restore(ada)

    def test_is_not_undone_where_there_was_none(self, user, restore, root):
        with pytest.raises(UserNotFound):
            restore(user("Ada"))
        with pytest.raises(UserNotFound):
            restore(make_principal(new_id()))

    def test_A_07_is_not_undone_by_who_may_less(self, user, delete):
        ruth = user("Ruth", role="admin")
        delete(ruth)
        clerk = make_principal(user("Clerk").id, frozenset({Permission.USERS_WRITE}))

        with pytest.raises(PermissionDenied):
            in_transaction(lambda: service.restore(ruth.id, by=clerk))

    def test_lists_those_it_concerns_apart(self, user, root, delete):
        delete(user("Ada"))
        user("Grace")

        def found(**query):
            page = search.find({"limit": 9, "sort": "username", "count": True, **query})
            assert page.total == len(page.items)
            return [(each.username, each.deleted_at is not None) for each in page.items]

        assert found() == [("Grace", False), ("Root", False)]
        assert found(q="a") == []
        assert found(deleted=True) == found(deleted=True, q="a") == [("Ada", True)]


class TestPurging:
    @pytest.fixture
    def later(self, monkeypatch):
        def later(days):
            moment = clock.now() + timedelta(days=days)
            monkeypatch.setattr(clock, "now", lambda: moment)

        return later

    def test_ends_what_was_deleted_long_ago_and_nothing_else(self, user, delete, restore, later):
        ada, grace, _ = user("Ada", role="admin"), user("Grace"), user("Hedy")
        delete(ada)
        later(20)
        delete(grace)
        later(20)

        assert in_transaction(purging.purge_some) == 1
        assert in_transaction(purging.purge_some) == 0
        with pytest.raises(UserNotFound):
            restore(ada)
        assert restore(grace).id == grace.id
        assert facts()[2] == ("user.purged", {})

    def test_waits_for_as_long_as_is_set(self, build, user, delete, later):
        delete(user("Ada"))
        later(8)

        with build(DELETED_USERS_KEPT_DAYS=9).app_context():
            assert in_transaction(purging.purge_some) == 0
        with build(DELETED_USERS_KEPT_DAYS=7).app_context():
            assert in_transaction(purging.purge_some) == 1

    def test_goes_in_batches(self, user, delete, later, monkeypatch):
        monkeypatch.setattr(purging, "BATCH", 2)
        for name in ("Ada", "Grace", "Hedy"):
            delete(user(name))
        later(31)

        assert [in_transaction(purging.purge_some) for _ in range(3)] == [2, 1, 0]
