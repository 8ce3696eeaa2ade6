"""The pages for a forgotten password and for a new e-mail address."""

import pytest

from api.core.database import db
from api.one_time_tokens.models import TokenPurpose
from api.users.models import User

NEW_PASSWORD = "a new engine, analytical"
NEW = "countess@example.org"


@pytest.fixture
def ada(user):
    return user("Ada")


@pytest.fixture
def read(app, ada):
    """Return a function that reads Ada's account."""

    def read_account():
        with app.app_context():
            return db.session.get(User, ada.id)

    return read_account


@pytest.fixture
def has_password(app, read):
    """Return a function that verifies a password of Ada."""

    def verify(password):
        with app.app_context():
            return read().check_password(password)

    return verify


@pytest.fixture
def make(app, make_token, ada):
    """Return a function that makes a token of Ada about an address."""

    def make_for(purpose, email):
        about = User(id=ada.id, email=email)
        return make_token(purpose, about)

    return make_for


class TestResetPassword:
    PAGE = "reset-password"

    @pytest.fixture
    def token(self, make_token, ada):
        return make_token(TokenPurpose.RESET_PASSWORD, ada)

    def test_V_08_opening_the_page_changes_nothing(self, browser, token, read):
        before = read().version

        pages = [browser.open(self.PAGE, token) for _ in range(5)]

        assert {page.status_code for page in pages} == {200}
        assert read().version == before

    def test_V_05_the_form_sets_the_password(self, browser, token, has_password):
        done = browser.send(self.PAGE, browser.open(self.PAGE, token), new_password=NEW_PASSWORD)

        assert done.status_code == 200
        assert "You have a new password" in done.text
        assert has_password(NEW_PASSWORD)

    @pytest.mark.parametrize("password", ["", "short", "x" * 257])
    def test_a_rejected_password_is_explained_and_the_form_works_again(
        self, browser, token, has_password, password
    ):
        shown = browser.send(self.PAGE, browser.open(self.PAGE, token), new_password=password)

        assert shown.status_code == 422
        assert "Choose a password with at" in shown.text
        browser.send(self.PAGE, shown, new_password=NEW_PASSWORD)
        assert has_password(NEW_PASSWORD)

    def test_P_08_the_password_is_not_shown(self, browser, token):
        shown = browser.send(self.PAGE, browser.open(self.PAGE, token), new_password="rollbook99!!")

        assert shown.status_code == 422
        assert "rollbook99" not in shown.text


class TestChangeEmail:
    CONFIRM, CANCEL = "confirm-email-change", "cancel-email-change"

    def test_V_06_V_08_only_the_form_confirms(self, browser, make, read):
        token = make(TokenPurpose.CONFIRM_EMAIL_CHANGE, NEW)
        shown = browser.open(self.CONFIRM, token)
        assert NEW in shown.text
        assert read().email == "ada@example.org"

        done = browser.send(self.CONFIRM, shown)

        assert done.status_code == 200
        assert read().email == NEW

    def test_V_06_a_taken_address_is_explained(self, browser, make, read, user):
        user("Countess")
        shown = browser.open(self.CONFIRM, make(TokenPurpose.CONFIRM_EMAIL_CHANGE, NEW))

        problem = browser.send(self.CONFIRM, shown)

        assert problem.status_code == 409
        assert "Another account has this e-mail address" in problem.text
        assert read().email == "ada@example.org"

    def test_V_06_V_08_only_the_form_cancels(self, browser, make, read):
        former = "augusta@example.org"
        shown = browser.open(self.CANCEL, make(TokenPurpose.CANCEL_EMAIL_CHANGE, former))
        assert read().email == "ada@example.org"

        done = browser.send(self.CANCEL, shown)

        assert "The change has been cancelled" in done.text
        assert read().email == former
