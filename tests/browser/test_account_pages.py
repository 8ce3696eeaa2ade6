"""The pages of mailed links in a browser: without scripts, on a phone, by keyboard, for axe."""

from datetime import timedelta
from itertools import count

import pytest
from playwright.sync_api import expect

from api.core.database import transaction
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import TokenPurpose
from tests.browser.test_accessibility import find_violations, show_views
from tests.browser.test_docs import DESK, fits_screen
from tests.mails import read_mails

NUMBERS = count(1)


@pytest.fixture
def make_link(service):
    """Return the path and query of a link for a new account."""

    def make(purpose: TokenPurpose, page: str) -> str:
        local = service.local_service
        if purpose is TokenPurpose.ACCEPT_INVITATION:
            local.invite(f"invited{next(NUMBERS)}@example.org")
            return f"/account/{page}?token={read_mails(local.app, 'invitation')[-1].token}"
        user = local.save(f"Linked{next(NUMBERS)}")
        with local.app.app_context(), transaction():
            token = one_time_tokens.create(
                purpose, lifetime=timedelta(hours=1), user_id=user.id, email=user.email
            )
        return f"/account/{page}?token={token}"

    return make


PAGES = [  # the path, the purpose of its token, and the name of its button
    ("verify-email", TokenPurpose.VERIFY_EMAIL, "Confirm the address"),
    ("reset-password", TokenPurpose.RESET_PASSWORD, "Set the password"),
    ("confirm-email-change", TokenPurpose.CONFIRM_EMAIL_CHANGE, "Confirm the address"),
    ("cancel-email-change", TokenPurpose.CANCEL_EMAIL_CHANGE, "Cancel the change"),
    ("end-session", TokenPurpose.END_SESSION, "Log out the device"),
    ("cancel-deletion", TokenPurpose.CANCEL_DELETION, "Restore the account"),
    ("accept-invitation", TokenPurpose.ACCEPT_INVITATION, "Create the account"),
]


@pytest.mark.parametrize(("name", "purpose", "button"), PAGES)
def test_no_page_has_a_violation_of_any_severity(open_page, axe, make_link, name, purpose, button):
    page = open_page(make_link(purpose, name), bypass_csp=True)
    expect(page.get_by_role("button", name=button)).to_be_visible()
    for view in show_views(page):
        assert find_violations(page, axe) == [], view
        assert fits_screen(page), view


def test_the_page_of_a_problem_has_no_violation(open_page, axe):
    page = open_page("/docs/errors", bypass_csp=True)
    page.set_content(page.request.get("/account/verify-email?token=unknown").text())
    expect(page.get_by_role("heading", name="does not work any more")).to_be_visible()
    for view in show_views(page):
        assert find_violations(page, axe) == [], view


def test_V08_a_link_works_by_keyboard_without_scripts_and_its_token_leaves_the_url(
    open_page, make_link
):
    link = make_link(TokenPurpose.VERIFY_EMAIL, "verify-email")
    page = open_page(link, java_script_enabled=False, **DESK)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button")).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="is confirmed")).to_be_visible()
    assert page.url.endswith("/account/verify-email")
