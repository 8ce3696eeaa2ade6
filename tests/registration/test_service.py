"""Getting an account of one's own, told without HTTP."""

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
def closed(build):
    with build(REGISTRATION_ENABLED=False).app_context():
        yield


def register(**profile):
    account = service.prepare({**ADA, **profile})
    return in_transaction(lambda: service.register(account))


def accounts():
    return db.session.scalar(select(func.count(User.id)))


@pytest.mark.usefixtures("context")
class TestRegistration:
    def test_opens_an_ordinary_account(self):
        ada = register()

        assert (ada.username, ada.email) == ("Ada", "Ada@example.org")
        assert (ada.roles, ada.status, ada.display_name) == (("user",), "active", None)
        assert (ada.username_key, ada.email_key) == ("ada", "ada@example.org")
        assert ada.check_password(ADA["password"])

    def test_is_ones_own_deed(self):
        ada = register()

        [fact] = db.session.scalars(select(AuditEvent))
        assert (fact.event, fact.subject_id, fact.actor_id) == ("user.created", ada.id, ada.id)
        assert fact.details == {}

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
    def test_takes_names_that_are_free_in_every_spelling(self, profile, api_error):
        register()

        with pytest.raises(api_error):
            register(**profile)
        assert accounts() == 1

    @pytest.mark.parametrize("password", ["short", "Ada-ada-ada!", "rollbook rollbook"])
    def test_takes_a_good_password(self, password):
        with pytest.raises(InvalidRequest) as api_error:
            register(password=password)

        assert api_error.value.members["errors"][0].pointer == "/password"
        assert accounts() == 0

    def test_leaves_what_it_was_given_as_it_was(self):
        profile = dict(ADA)

        service.prepare(profile)

        assert profile == ADA


@pytest.mark.usefixtures("closed")
def test_R_08_closed_means_closed():
    with pytest.raises(RegistrationClosed):
        register()

    assert accounts() == 0
