"""The rules of registration, without HTTP."""

import pytest
from sqlalchemy import func, select

from api.audit.models import AuditEvent
from api.core.database import db, in_transaction
from api.core.errors import InvalidRequest
from api.registration import service
from api.registration.errors import RegistrationClosed
from api.users.errors import EmailTaken, UsernameTaken
from api.users.models import User

ADA = {"username": "Ada", "email": "Ada@example.org", "password": "correct horse battery"}


@pytest.fixture
def closed_registration(build):
    with build(REGISTRATION_ENABLED=False).app_context():
        yield


def register(**profile):
    account = service.prepare({**ADA, **profile})
    return in_transaction(lambda: service.register(account))


def count_accounts():
    return db.session.scalar(select(func.count(User.id)))


@pytest.mark.usefixtures("context")
class TestRegistration:
    def test_a_registration_creates_an_active_account_without_further_roles(self):
        ada = register()

        assert (ada.username, ada.email) == ("Ada", "Ada@example.org")
        assert (ada.roles, ada.status, ada.display_name) == (("user",), "active", None)
        assert (ada.username_key, ada.email_key) == ("ada", "ada@example.org")
        assert ada.check_password(ADA["password"])

    @pytest.mark.parametrize("length", [1, 7, 8, 11])
    def test_case_N_10_each_short_password_is_rejected_with_the_same_number(self, build, length):
        with build(PASSWORD_MIN_LENGTH=12).app_context(), pytest.raises(InvalidRequest) as rejected:
            register(password="x" * length)

        (error,) = rejected.value.members["errors"]
        assert (error.rule, error.message) == (
            "password_too_short",
            "must have 12 characters or more",
        )

    def test_a_registration_is_recorded_with_the_new_user_as_the_actor(self):
        ada = register()

        [event] = db.session.scalars(select(AuditEvent))
        assert (event.event, event.subject_id, event.actor_id) == ("user.created", ada.id, ada.id)
        assert event.details == {}

    @pytest.mark.parametrize(
        ("profile", "api_error"),
        [
            ({"email": "grace@example.org"}, UsernameTaken),
            ({"email": "grace@example.org", "username": "ADA"}, UsernameTaken),
            ({"username": "Grace"}, EmailTaken),
            ({"username": "Grace", "email": "ADA@EXAMPLE.ORG"}, EmailTaken),
            ({}, UsernameTaken),
        ],
        ids=str,
    )
    def test_a_name_of_another_account_is_rejected_in_every_spelling(self, profile, api_error):
        register()

        with pytest.raises(api_error):
            register(**profile)
        assert count_accounts() == 1

    @pytest.mark.parametrize("password", ["short", "Ada-ada-ada!", "rollbook rollbook"])
    def test_a_password_that_breaks_the_policy_is_rejected(self, password):
        with pytest.raises(InvalidRequest) as api_error:
            register(password=password)

        assert api_error.value.members["errors"][0].pointer == "/password"
        assert count_accounts() == 0

    def test_prepare_does_not_change_its_argument(self):
        profile = dict(ADA)

        service.prepare(profile)

        assert profile == ADA


@pytest.mark.usefixtures("closed_registration")
def test_R_08_a_closed_registration_creates_no_account():
    with pytest.raises(RegistrationClosed):
        register()

    assert count_accounts() == 0
