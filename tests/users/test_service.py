"""What can be done with users, told without HTTP."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.core.errors import PermissionDenied
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.passwords import attempts
from api.passwords.models import PasswordAttempts
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session
from api.users import credentials, grants, service
from api.users.errors import EmailTaken, LastAdministrator, UsernameTaken, UserNotFound
from api.users.models import Status
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def root(user):
    return make_principal(user("Root", role="admin").id, frozenset(Permission))


def in_session(user):
    """Open a session, and return its id."""
    return in_transaction(lambda: sessions.open_session(user.id)).session_id


def update(user, by, **changes):
    return in_transaction(lambda: service.update(user.id, changes, by=by))


def test_an_update_records_who_changed_what(user, root):
    ada = user("Ada")

    update(ada, root, display_name="Ada King")

    event = db.session.scalar(select(AuditEvent).filter_by(event="user.updated"))
    assert (event.subject_id, event.actor_id) == (ada.id, root.id)
    assert event.details == {"changed": ["display_name"]}


@pytest.mark.parametrize(
    ("changes", "api_error"),
    [
        ({"email": "GRACE@Example.org"}, EmailTaken),
        ({"username": "grace"}, UsernameTaken),
        ({"email": "grace@example.org", "username": "GRACE"}, UsernameTaken),
    ],
)
def test_what_is_in_use_is_refused_in_every_spelling(user, root, changes, api_error):
    ada, _ = user("Ada"), user("Grace")

    with pytest.raises(api_error):
        update(ada, root, **changes)


def test_people_change_themselves_in_what_is_theirs(user):
    ada = user("Ada")

    assert update(ada, make_principal(ada.id), username="Lovelace").username_key == "lovelace"


@pytest.mark.parametrize("change", [{"status": "active"}, {"email": "a@b.org"}])
def test_people_do_not_change_what_is_not_theirs(user, change):
    ada = user("Ada")

    with pytest.raises(PermissionDenied):
        update(ada, make_principal(ada.id), **change)


def test_whoever_is_not_there_is_not_found(root):
    with pytest.raises(UserNotFound):
        service.read(root.id.__class__(int=7), by=root)


@pytest.mark.parametrize(
    "leave",
    [
        lambda root: service.update(root.id, {"status": Status.SUSPENDED}, by=root),
        lambda root: service.delete(root.id, by=root),
        lambda root: grants.withdraw(root.id, "admin", by=root),
    ],
    ids=["suspended", "deleted", "demoted"],
)
def test_A_07_the_last_administrator_stays(root, user, leave):
    user("Ruth", role="admin", status=Status.SUSPENDED)  # who is none meanwhile

    with pytest.raises(LastAdministrator):
        in_transaction(lambda: leave(root))


def test_A_07_two_administrators_cannot_demote_each_other(app, root, user):
    other = make_principal(user("Ruth", role="admin").id, frozenset(Permission))
    outcomes, together = [], Barrier(2)

    def demote(whom, by):
        with app.app_context():
            together.wait(timeout=10)
            try:
                in_transaction(lambda: grants.withdraw(whom.id, "admin", by=by))
                outcomes.append("demoted")
            except LastAdministrator:
                outcomes.append("refused")

    threads = [Thread(target=demote, args=pair) for pair in ((root, other), (other, root))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["demoted", "refused"]


def test_suspension_ends_the_sessions_and_reactivation_does_not_revive_them(user, root):
    ada = user("Ada")
    session = in_session(ada)
    assert authenticate_session(session)

    update(ada, root, status=Status.SUSPENDED)
    assert authenticate_session(session) is None

    update(ada, root, status=Status.ACTIVE)
    assert authenticate_session(session) is None


def test_T_09_a_role_that_is_lost_bites_at_the_next_request(user, root):
    ruth = user("Ruth", role="admin")
    session = in_session(ruth)
    assert authenticate_session(session).permissions

    in_transaction(lambda: grants.withdraw(ruth.id, "admin", by=root))

    assert not authenticate_session(session).permissions


def test_an_account_is_found_by_either_name_and_by_the_username_first(user):
    ada, _ = user("Ada"), user("Grace")

    assert credentials.find_credentials("ADA", None).id == ada.id
    assert credentials.find_credentials(None, " Ada@EXAMPLE.org ").id == ada.id
    assert credentials.find_credentials("ada", "grace@example.org").id == ada.id
    assert credentials.find_credentials("nobody", None) is None


def test_a_new_password_forgets_all_attempts(build, user):
    ada = user("Ada")
    with build(limits_enabled=True).app_context():
        for name in (ada.username, ada.email):
            attempts.count(attempts.attempt_login(name, ada.id))

    account = credentials.of.first(id=ada.id)
    in_transaction(lambda: credentials.set_password(account, "walnut gazebo fjord", by=OPERATOR))

    assert db.session.scalar(select(func.count()).select_from(PasswordAttempts)) == 0


def test_what_stays_as_it_is_was_not_changed(user, root):
    ada = user("Ada", display_name="Ada")

    update(ada, root, display_name="Ada", status="active")

    assert db.session.scalar(select(AuditEvent).filter_by(event="user.updated")) is None


def facts():
    found = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(fact.event, fact.details) for fact in found if fact.event != "user.created"]


def test_the_trail_says_what_became_of_the_status_and_why(user, root):
    ada = user("Ada")

    update(ada, root, status="suspended", username="lovelace", status_reason="Lost her key.")
    update(ada, root, status_reason="Lost it again.")
    update(ada, root, status="active")

    assert sorted(facts(), key=str) == [
        ("user.reactivated", {"reason": None}),
        ("user.suspended", {"reason": "Lost her key.", "sessions_ended": 0}),
        ("user.updated", {"changed": ["status_reason"]}),
        ("user.updated", {"changed": ["username"]}),
    ]


def test_a_reason_goes_with_the_status_it_was_given_for(user, root):
    ada = user("Ada")

    assert update(ada, root, status="suspended", status_reason="Why.").status_reason == "Why."
    assert update(ada, root, status="suspended", username="lovelace").status_reason == "Why."
    assert update(ada, root, status="active").status_reason is None
    assert update(ada, root, status="suspended").status_reason is None
    assert (
        update(ada, root, status="active", status_reason="Found it.").status_reason == "Found it."
    )


def test_who_has_just_become_an_administrator_is_not_the_last_to_go(app, root, user):
    """A suspended one is deleted while it is reactivated and the other demoted."""
    ruth = user("Ruth", role="admin", status=Status.SUSPENDED)

    update(ruth, root, status=Status.ACTIVE)
    in_transaction(lambda: grants.withdraw(root.id, "admin", by=root))

    with pytest.raises(LastAdministrator):
        in_transaction(lambda: service.delete(ruth.id, by=root))
