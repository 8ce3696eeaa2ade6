import pytest
from sqlalchemy import func, select

from api.core.database import db, transaction
from api.core.principal import OPERATOR
from api.invitations import service as invitations
from api.users.models import User
from tests.mails import read_mails
from tests.support import anonymous

PAGE = "accept-invitation"
PASSWORD = "a nanosecond is a foot of wire"
GRACE = "grace@example.org"


@pytest.fixture
def invite(app):
    """Invite Grace, and return the token of the mail."""

    def create(**members):
        with app.app_context(), transaction():
            invitations.create({"email": GRACE, **members}, by=OPERATOR)
        return read_mails(app, "invitation")[-1].token

    return create


def count_users(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(User))


def test_V08_opening_the_link_changes_nothing_and_sending_the_form_creates_the_account(
    app, browser, client, invite
):
    token = invite(display_name="Grace Hopper")
    pages = [browser.open(PAGE, token) for _ in range(5)]
    assert [page.status_code for page in pages] == [200] * 5
    assert GRACE in pages[0].text
    assert count_users(app) == 0

    done = browser.send(PAGE, pages[-1], password=PASSWORD, username="grace")

    assert (done.status_code, "Your account is ready" in done.text) == (200, True)
    body = {"username": "grace", "password": PASSWORD}
    anonymous(client).post("/api/login", body, expecting=200)


def test_V03_the_link_works_once(app, browser, invite):
    shown = browser.open(PAGE, token := invite())
    browser.send(PAGE, shown, password=PASSWORD, username="")
    for again in (browser.send(PAGE, shown, password=PASSWORD), browser.open(PAGE, token)):
        assert again.status_code == 400
        assert "does not work any more" in again.text
    assert count_users(app) == 1


@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"password": "short", "username": "grace"}, "password", "at least 8 characters"),
        ({"password": "x" * 300, "username": "grace"}, "password", "Check what you have entered"),
        ({"password": PASSWORD, "username": "ada"}, "username", "this one is taken"),
        ({"password": PASSWORD, "username": "a b"}, "username", "not allowed"),
    ],
)
def test_a_problem_is_shown_beside_its_field_and_the_token_still_works(
    app, browser, user, invite, fields, name, message
):
    user("Ada")
    shown = browser.open(PAGE, invite())

    again = browser.send(PAGE, shown, **fields)

    assert again.status_code == 422
    assert f'aria-describedby="{name}-problem"' in again.text
    assert message in again.text.split(f'id="{name}-problem"')[1].split("</p>")[0]
    assert f'value="{fields["username"]}"' in again.text
    assert fields["password"] not in again.text
    done = browser.send(PAGE, again, password=PASSWORD, username="grace")
    assert done.status_code == 200
    assert count_users(app) == 2


def test_the_username_of_the_invitation_is_filled_in(browser, invite):
    assert 'value="grace"' in browser.open(PAGE, invite(username="grace")).text


def test_an_invitation_that_was_revoked_is_explained(app, browser, invite):
    token = invite()
    with app.app_context(), transaction():
        invitations.revoke(read_invitation(), by=OPERATOR)
    assert "does not work any more" in browser.open(PAGE, token).text


def read_invitation():
    return db.session.scalars(select(invitations.Invitation.id)).one()


def test_an_address_that_has_an_account_meanwhile_is_explained(browser, user, invite):
    shown = browser.open(PAGE, invite())
    user("Grace")
    response = browser.send(PAGE, shown, password=PASSWORD, username="hopper")
    assert response.status_code == 409
    assert "Another account has this e-mail address" in response.text
