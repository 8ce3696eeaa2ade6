"""What all pages of mailed links have in common."""

import pytest

from api.account_pages import routes, texts
from api.core.errors import ValidationError
from api.core.request_context import (
    RequestContext,
    clear_current_request,
    set_current_request,
)
from api.core.validation_rules import ValidationRule
from api.mail.links import PAGES_PATH
from api.one_time_tokens.models import TokenPurpose
from api.web import logging as log_stream

NAMES = [page.linked for page in routes.PAGES]
OPERATIONS = {  # which does the same as the form of the page
    "accept-invitation": "accept_invitation",
    "cancel-deletion": "restore_account",
    "cancel-email-change": "cancel_email_change",
    "confirm-email-change": "confirm_email_change",
    "end-session": "end_session_by_mail",
    "reset-password": "reset_password",
    "verify-email": "verify_email",
}
PAGE = "verify-email"


@pytest.mark.parametrize("name", NAMES)
class TestEachPage:
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_an_unknown_token_is_explained(self, browser, user, make_token, name, method):
        shown = browser.open(PAGE, make_token(TokenPurpose.VERIFY_EMAIL, user("Ada")))

        response = (
            browser.open(name, "x" * 43)
            if method == "get"
            else browser.send(name, shown, token="x" * 43, password="correct horse battery")
        )

        assert (response.status_code, response.mimetype) == (400, "text/html")
        assert "does not work any more" in response.text

    @pytest.mark.parametrize(
        "query",
        ["", "token=a&token=b", r"token=a&next=/\evil.test", "token=a&next=https%3Aevil.test"],
    )
    def test_V08_another_parameter_is_an_error_and_no_redirect(self, browser, name, query):
        response = browser.client.get(f"{PAGES_PATH}/{name}?{query}")

        assert (response.status_code, response.mimetype) == (422, "text/html")
        assert "evil" not in response.text

    def test_a_form_needs_the_csrf_token_of_its_page(self, browser, name):
        response = browser.client.post(f"{PAGES_PATH}/{name}", data={"token": "x" * 43})

        assert response.status_code == 403
        assert "This page is too old" in response.text


def test_N_01_forms_are_counted_by_the_policies_of_their_operations(app):
    views = [getattr(view, "view_class", None) for view in app.view_functions.values()]
    handlers = [getattr(view, "post", None) for view in views]
    operations = [handler.operation for handler in handlers if hasattr(handler, "operation")]
    policies = {operation.id: operation.policy for operation in operations}

    pages = {page.linked: page.limit for page in routes.PAGES}

    assert pages == {name: policies[operation] for name, operation in OPERATIONS.items()}


def test_N_01_a_page_and_its_operation_have_one_quota(browser, build, user, make_token):
    settings = {"LIMITS_ENABLED": True, "LIMIT_PASSWORD_RESET_PER_ADDRESS": "2 per hour"}
    browser.client = build(**settings).test_client()
    shown = browser.open("reset-password", make_token(TokenPurpose.RESET_PASSWORD, user("Ada")))
    body = {"token": "x" * 43, "new_password": "correct horse battery"}
    assert browser.client.post("/api/password/reset", json=body).status_code == 400

    statuses = [
        browser.send("reset-password", shown, token="x" * 43, **fields).status_code
        for fields in ({"new_password": "correct horse battery"}, {})
    ]

    assert statuses == [400, 429]
    assert browser.open("reset-password", "x" * 43).status_code == 400


@pytest.fixture
def shown(browser, user, make_token):
    return browser.open(PAGE, make_token(TokenPurpose.VERIFY_EMAIL, user("Ada")))


def test_V08_the_url_goes_to_no_other_site_and_into_no_cache(shown):
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Cache-Control"] == "no-store"
    assert "ETag" not in shown.headers


def test_nothing_but_its_style_sheet_is_loaded_and_no_script_runs(browser, shown):
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert "<script" not in shown.text
    assert browser.client.get(f"{PAGES_PATH}/style.css").mimetype == "text/css"


def test_what_a_page_shows_is_escaped(browser, user, make_token):
    ada = user("Ada", email="<b>@example.org")

    shown = browser.open(PAGE, make_token(TokenPurpose.VERIFY_EMAIL, ada))

    assert "&lt;b&gt;@example.org" in shown.text


def test_V08_the_token_is_in_no_log_line(browser, user, make_token, capsysbinary):
    token = make_token(TokenPurpose.VERIFY_EMAIL, user("Ada"))
    log_stream.configure("DEBUG", "json")
    try:
        browser.send(PAGE, browser.open(PAGE, token))
    finally:
        logged = capsysbinary.readouterr()
        log_stream.configure()

    assert b'"/account/verify-email"' in logged.out
    assert token.encode() not in logged.out + logged.err


def test_a_link_is_shown_below_a_base_path_of_the_service(build, user, make_token):
    token = make_token(TokenPurpose.VERIFY_EMAIL, user("Ada"))
    client = build(PUBLIC_BASE_URL="http://127.0.0.1:5000/auth").test_client()

    shown = client.get("/account/verify-email", query_string={"token": token})

    assert 'href="/auth/account/style.css"' in shown.text
    assert 'action="verify-email"' in shown.text


@pytest.mark.parametrize(
    ("accepted", "language", "button"),
    [
        ("de-AT,en;q=0.5", "de", "Adresse bestätigen"),
        ("zh-CN", "zh", "确认地址"),
        ("is", "en", "Confirm the address"),
    ],
)
def test_a_page_is_in_the_language_of_the_browser(
    browser, user, make_token, accepted, language, button
):
    token = make_token(TokenPurpose.VERIFY_EMAIL, user("Ada"))

    shown = browser.open(PAGE, token, headers={"Accept-Language": accepted})

    assert f'<html lang="{language}">' in shown.text
    assert button in shown.text


def test_the_operator_sets_name_logo_and_colour(build, user, make_token):
    token = make_token(TokenPurpose.VERIFY_EMAIL, user("Ada"))
    client = build(
        SERVICE_NAME="Lovelace & Co",
        SERVICE_LOGO_URL="https://cdn.example.org/logo.png",
        SERVICE_COLOR="#ffdd00",
    ).test_client()

    shown = client.get(f"{PAGES_PATH}/{PAGE}", query_string={"token": token})

    assert "· Lovelace &amp; Co</title>" in shown.text
    assert '<img src="https://cdn.example.org/logo.png" alt="Lovelace &amp; Co"' in shown.text
    policy = shown.headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://cdn.example.org;" in policy
    assert "--accent: #ffdd00; --on-accent: #1c2422" in client.get(f"{PAGES_PATH}/style.css").text


def test_a_forbidden_password_is_explained_in_the_language_of_the_browser(context):
    error = ValidationError("/password", ValidationRule.PASSWORD_TOO_SHORT, "must have …")
    set_current_request(RequestContext(accept_language="fr"))
    try:
        assert texts.explain_input(error).startswith("Choisissez un mot de passe d’au moins 8")
    finally:
        clear_current_request()
