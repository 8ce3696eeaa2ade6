"""The rules of reading and changing users, without HTTP."""

import pytest
from sqlalchemy import func, select

from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.core.errors import PermissionDenied
from api.core.principal import OPERATOR
from api.passwords import attempts
from api.passwords.models import PasswordAttempts
from api.sessions import service as sessions
from api.sessions.authentication import authenticate_session
from api.users import credentials, role_assignments, service
from api.users.errors import EmailTaken, UsernameTaken, UserNotFound
from api.users.models import Status
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")


def open_session(user):
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
def test_a_name_of_another_account_is_rejected_in_every_spelling(user, root, changes, api_error):
    ada, _ = user("Ada"), user("Grace")

    with pytest.raises(api_error):
        update(ada, root, **changes)


def test_a_user_can_change_their_own_username(user):
    ada = user("Ada")

    assert update(ada, make_principal(ada.id), username="Lovelace").username_key == "lovelace"


@pytest.mark.parametrize("change", [{"status": "active"}, {"email": "a@b.org"}])
def test_a_user_cannot_change_their_own_status_or_email(user, change):
    ada = user("Ada")

    with pytest.raises(PermissionDenied):
        update(ada, make_principal(ada.id), **change)


def test_an_unknown_user_is_not_found(root):
    with pytest.raises(UserNotFound):
        service.read(root.id.__class__(int=7), by=root)


def test_a_suspension_ends_the_sessions_and_a_reactivation_does_not_restore_them(user, root):
    ada = user("Ada")
    session = open_session(ada)
    assert authenticate_session(session)

    update(ada, root, status=Status.SUSPENDED)
    assert authenticate_session(session) is None

    update(ada, root, status=Status.ACTIVE)
    assert authenticate_session(session) is None


def test_T_09_a_withdrawn_role_has_no_effect_from_the_next_request_on(user, root):
    ruth = user("Ruth", role="admin")
    session = open_session(ruth)
    assert authenticate_session(session).permissions

    in_transaction(lambda: role_assignments.withdraw_role(ruth.id, "admin", by=root))

    assert not authenticate_session(session).permissions


def test_an_account_is_found_by_username_or_email_address(user):
    ada, _ = user("Ada"), user("Grace")

    assert credentials.find_credentials("ADA", None).id == ada.id
    assert credentials.find_credentials(None, " Ada@EXAMPLE.org ").id == ada.id
    assert credentials.find_credentials("ada", "grace@example.org").id == ada.id
    assert credentials.find_credentials("unknown", None) is None


def test_a_new_password_deletes_all_counters_of_attempts(build, user):
    ada = user("Ada")
    with build(limits_enabled=True).app_context():
        for name in (ada.username, ada.email):
            attempts.count(attempts.make_login_attempt(name, ada.id))

    account = credentials.by_id.first(id=ada.id)
    in_transaction(lambda: credentials.set_password(account, "walnut gazebo fjord", by=OPERATOR))

    assert db.session.scalar(select(func.count()).select_from(PasswordAttempts)) == 0


def test_an_update_to_the_same_values_records_no_event(user, root):
    ada = user("Ada", display_name="Ada")

    update(ada, root, display_name="Ada", status="active")

    assert db.session.scalar(select(AuditEvent).filter_by(event="user.updated")) is None


def read_events():
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    return [(event.event, event.details) for event in events if event.event != "user.created"]


def test_a_change_of_the_status_records_an_event_with_the_reason(user, root):
    ada = user("Ada")

    update(ada, root, status="suspended", username="lovelace", status_reason="Lost her key.")
    update(ada, root, status_reason="Lost it again.")
    update(ada, root, status="active")

    assert sorted(read_events(), key=str) == [
        ("user.reactivated", {"reason": None}),
        ("user.suspended", {"reason": "Lost her key.", "sessions_ended": 0}),
        ("user.updated", {"changed": ["status_reason"]}),
        ("user.updated", {"changed": ["username"]}),
    ]


def test_a_new_status_deletes_the_reason_of_the_previous_one(user, root):
    ada = user("Ada")

    assert update(ada, root, status="suspended", status_reason="Why.").status_reason == "Why."
    assert update(ada, root, status="suspended", username="lovelace").status_reason == "Why."
    assert update(ada, root, status="active").status_reason is None
    assert update(ada, root, status="suspended").status_reason is None
    assert (
        update(ada, root, status="active", status_reason="Found it.").status_reason == "Found it."
    )
