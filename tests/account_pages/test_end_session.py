from datetime import timedelta
from uuid import UUID

import pytest

from api.core.database import transaction
from api.core.secrets import new_id
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import TokenPurpose

PAGE = "end-session"


@pytest.fixture
def ada(person):
    return person("Ada")


@pytest.fixture
def link_to_session(app, ada):
    """Store a token for the session of Ada, and return it."""
    with app.app_context(), transaction():
        return one_time_tokens.create(
            TokenPurpose.END_SESSION,
            lifetime=timedelta(hours=1),
            user_id=UUID(ada.id),
            target_id=UUID(ada.session_id),
        )


def test_opening_the_link_shows_the_login_and_ends_nothing(browser, ada, link_to_session):
    shown = browser.open(PAGE, link_to_session)

    assert shown.status_code == 200
    assert "Unknown device" in shown.text
    assert ada.get("/api/me")


def test_sending_the_form_ends_the_session_and_says_what_to_do_next(browser, ada, link_to_session):
    done = browser.send(PAGE, browser.open(PAGE, link_to_session))

    assert done.status_code == 200
    assert "Choose a new one now" in done.text
    assert ada.get("/api/me", expecting=401)


def test_the_link_works_once(browser, link_to_session):
    shown = browser.open(PAGE, link_to_session)
    browser.send(PAGE, shown)

    assert browser.send(PAGE, shown).status_code == 400


def test_a_link_whose_session_is_purged_is_shown_without_it(browser, user, make_token):
    token = make_token(TokenPurpose.END_SESSION, user("Grace"), target_id=new_id())

    assert browser.send(PAGE, browser.open(PAGE, token)).status_code == 200
