"""Deleting, restoring and purging accounts, without HTTP."""

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
from api.users import credentials, own_deletion, purging, role_assignments, search, service
from api.users.errors import EmailTaken, LastAdministrator, UsernameTaken, UserNotFound
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")


def read_events():
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(event.event, event.details) for event in events]


@pytest.fixture
def delete(root):
    return lambda user: in_transaction(lambda: service.delete(user.id, by=root))


def open_session(user):
    """Open a session, and return its id."""
    return in_transaction(lambda: sessions.open_session(user.id)).session_id


@pytest.fixture
def restore(root):
    return lambda user: in_transaction(lambda: service.restore(user.id, by=root))


class TestDeletion:
    def test_A_08_a_deleted_account_cannot_be_found_changed_or_used(self, user, root, delete):
        ada = user("Ada", role="admin")
        known = credentials.by_id.first(id=ada.id)
        by = make_principal(ada.id, frozenset(Permission), authenticated_at=clock.now())
        session = open_session(ada)

        delete(ada)

        assert service.profile_by_id.first(id=ada.id) is None
        assert authenticate_session(session) is None
        assert credentials.find_credentials("ada", None) is None
        assert credentials.find_credentials(None, ada.email) is None
        for attempt in (
            lambda: service.update(ada.id, {"username": "lovelace"}, by=root),
            lambda: service.delete(ada.id, by=root),
            lambda: own_deletion.schedule(by=by),
            lambda: role_assignments.grant_role(ada.id, "admin", by=root),
            lambda: role_assignments.withdraw_role(ada.id, "admin", by=root),
        ):
            with pytest.raises(UserNotFound):
                in_transaction(attempt)
        with pytest.raises(Unauthenticated):
            in_transaction(lambda: credentials.set_password(known, "walnut gazebo", by=OPERATOR))

    def test_A_08_the_names_of_a_deleted_account_are_free(self, user, delete):
        ada = user("Ada")
        delete(ada)
        again = user("Ada")

        assert again.id != ada.id
        with pytest.raises(IntegrityError):
            user("ADA")
        delete(again)

    def test_a_user_deletes_their_own_account_without_a_permission(self, user):
        ada = user("Ada")

        by = make_principal(ada.id, authenticated_at=clock.now())
        in_transaction(lambda: own_deletion.schedule(by=by))

        assert service.profile_by_id.first(id=ada.id) is None
        assert read_events() == [("user.deleted", {"sessions_ended": 0})]

    @pytest.mark.parametrize("ago", [None, 601])
    def test_S_10_deleting_their_own_account_requires_a_recent_authentication(self, user, ago):
        authenticated_at = ago and clock.now() - timedelta(seconds=ago)
        by = make_principal(user("Ada").id, authenticated_at=authenticated_at)

        with pytest.raises(StepUpRequired) as api_error:
            in_transaction(lambda: own_deletion.schedule(by=by))
        assert api_error.value.members == {"max_age": 600}

    def test_A_07_the_last_administrator_cannot_be_deleted(self, user, root, delete):
        ruth = user("Ruth", role="admin")
        delete(ruth)

        by = make_principal(root.id, root.permissions, authenticated_at=clock.now())
        with pytest.raises(LastAdministrator):
            in_transaction(lambda: own_deletion.schedule(by=by))

    def test_a_restored_account_has_its_roles_but_no_sessions(self, user, root, delete, restore):
        ruth = user("Ruth", role="admin")
        session = open_session(ruth)
        delete(ruth)

        restored = restore(ruth)

        assert (restored.id, restored.roles, restored.deleted_at) == (
            ruth.id,
            ("admin", "user"),
            None,
        )
        assert authenticate_session(session) is None
        assert credentials.find_credentials("ruth", None).id == ruth.id
        assert read_events() == [("user.deleted", {"sessions_ended": 1}), ("user.restored", {})]

    @pytest.mark.parametrize(
        ("taken", "api_error"),
        [
            ({"username": "ADA", "email": "other@example.org"}, UsernameTaken),
            ({"username": "other", "email": "ADA@example.org"}, EmailTaken),
            ({"username": "ada", "email": "ada@example.org"}, UsernameTaken),
        ],
    )
    def test_an_account_whose_names_are_taken_is_not_restored(
        self, user, delete, restore, taken, api_error
    ):
        ada = user("Ada")
        delete(ada)
        user("Other", **taken)

        with pytest.raises(api_error):
            restore(ada)

    def test_an_account_that_is_not_deleted_is_not_restored(self, user, restore, root):
        with pytest.raises(UserNotFound):
            restore(user("Ada"))
        with pytest.raises(UserNotFound):
            restore(make_principal(new_id()))

    def test_A_07_a_user_cannot_restore_a_user_with_more_permissions(self, user, delete):
        ruth = user("Ruth", role="admin")
        delete(ruth)
        clerk = make_principal(user("Clerk").id, frozenset({Permission.USERS_WRITE}))

        with pytest.raises(PermissionDenied):
            in_transaction(lambda: service.restore(ruth.id, by=clerk))

    def test_deleted_users_are_listed_on_request_only(self, user, root, delete):
        delete(user("Ada"))
        user("Grace")

        def found(**query):
            page = search.find({"limit": 9, "sort": "username", "count": True, **query})
            assert page.total == len(page.items)
            return [(found.username, found.deleted_at is not None) for found in page.items]

        assert found() == [("Grace", False), ("Root", False)]
        assert found(q="a") == []
        assert found(deleted=True) == found(deleted=True, q="a") == [("Ada", True)]


class TestPurging:
    @pytest.fixture
    def move_clock(self, monkeypatch):
        def move(days):
            now = clock.now() + timedelta(days=days)
            monkeypatch.setattr(clock, "now", lambda: now)

        return move

    def test_only_users_who_were_deleted_long_ago_are_purged(
        self, user, delete, restore, move_clock
    ):
        ada, grace, _ = user("Ada", role="admin"), user("Grace"), user("Hedy")
        delete(ada)
        move_clock(20)
        delete(grace)
        move_clock(20)

        assert in_transaction(purging.purge_batch) == 1
        assert in_transaction(purging.purge_batch) == 0
        with pytest.raises(UserNotFound):
            restore(ada)
        assert restore(grace).id == grace.id
        assert read_events()[2] == ("user.purged", {})

    def test_a_setting_determines_when_users_are_purged(self, build, user, delete, move_clock):
        delete(user("Ada"))
        move_clock(8)

        with build(DELETED_USERS_KEPT_DAYS=9).app_context():
            assert in_transaction(purging.purge_batch) == 0
        with build(DELETED_USERS_KEPT_DAYS=7).app_context():
            assert in_transaction(purging.purge_batch) == 1

    def test_users_are_purged_in_batches(self, user, delete, move_clock, monkeypatch):
        monkeypatch.setattr(purging, "PURGE_BATCH_ROWS", 2)
        for name in ("Ada", "Grace", "Hedy"):
            delete(user(name))
        move_clock(31)

        assert [in_transaction(purging.purge_batch) for _ in range(3)] == [2, 1, 0]
