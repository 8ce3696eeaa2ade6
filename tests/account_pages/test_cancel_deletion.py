from uuid import UUID

import pytest

from api.core.database import db
from api.users.models import User
from tests.mails import read_mails

PAGE = "cancel-deletion"


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def token(app, ada):
    """The token in the mail after Ada has deleted her account."""
    ada.delete("/api/me")
    return read_mails(app, "deletion_scheduled")[-1].token


def is_deleted(app, person):
    with app.app_context():
        return db.session.get(User, UUID(person.id)).deleted_at is not None


def test_V08_opening_the_link_changes_nothing_and_sending_the_form_restores_the_account(
    app, browser, ada, token
):
    pages = [browser.open(PAGE, token) for _ in range(5)]
    assert [page.status_code for page in pages] == [200] * 5
    assert ada.email in pages[0].text
    assert is_deleted(app, ada)

    done = browser.send(PAGE, pages[-1])

    assert (done.status_code, "is restored" in done.text) == (200, True)
    assert not is_deleted(app, ada)


def test_V03_the_link_works_once(browser, token):
    shown = browser.open(PAGE, token)
    browser.send(PAGE, shown)
    for again in (browser.send(PAGE, shown), browser.open(PAGE, token)):
        assert again.status_code == 400
        assert "does not work any more" in again.text


def test_a_name_that_is_taken_is_explained(app, browser, user, ada, token):
    user("Other", username=ada.username)
    response = browser.send(PAGE, browser.open(PAGE, token))
    assert response.status_code == 409
    assert "Another account has the username now" in response.text
    assert is_deleted(app, ada)
