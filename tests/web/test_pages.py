"""Pages for browsers: their headers, their forms, their errors."""

from functools import partial

import pytest
from flask import redirect, render_template_string

from api.core.errors import NotFound
from api.web import limits, pages, problems
from api.web.flask import Flask
from api.web.pages import CONTENT_SECURITY_POLICY, Page, render_error_page
from api.web.request_guard import RequestGuard, Rules

FORM = '<form method="post"><input name="csrf_token" value="{{ csrf_token() }}"></form>'


class Consent(Page):
    def get(self):
        return render_template_string(FORM)

    def post(self):
        return redirect("/done")


class Missing(Page):
    def get(self):
        raise NotFound


def serve(base_url):
    app = Flask("pages")
    problems.init_app(app, base_url, lambda **_: None)
    pages.init_app(app)
    policies = {"address": "5 per hour", "user": "5 per hour"}
    limits.init_app(app, policies, storage=None, processes=1, enabled=True)
    app.add_url_rule("/consent", view_func=Consent.as_view("consent"))
    app.add_url_rule("/missing", view_func=Missing.as_view("missing"))
    render = partial(problems.render_for_wsgi, base_url=base_url)
    rules = Rules(allowed_hosts=frozenset({"localhost"}))
    app.wsgi_app = RequestGuard(app.wsgi_app, rules, problem=render)
    return app.test_client()


@pytest.fixture
def browser():
    return serve("http://rollbook.example")


def read_token(response):
    return response.text.partition('value="')[2].partition('"')[0]


class TestForms:
    def test_a_form_is_accepted_with_the_token_of_its_page(self, browser):
        token = read_token(browser.get("/consent"))

        response = browser.post("/consent", data={"csrf_token": token})

        assert (response.status_code, response.headers["Location"]) == (302, "/done")

    @pytest.mark.parametrize("form", [{}, {"csrf_token": ""}, {"csrf_token": "x" * 43}])
    def test_a_form_with_another_token_is_rejected(self, browser, form):
        browser.get("/consent")

        response = browser.post("/consent", data=form)

        assert (response.status_code, response.mimetype) == (403, "text/html")
        assert "Form expired" in response.text

    def test_a_form_without_the_cookie_is_rejected(self, browser):
        assert browser.post("/consent", data={"csrf_token": ""}).status_code == 403

    def test_two_pages_of_one_browser_share_the_token(self, browser):
        assert read_token(browser.get("/consent")) == read_token(browser.get("/consent"))

    @pytest.mark.parametrize(
        ("base_url", "name", "secure"),
        [
            ("http://rollbook.example", "csrf", False),
            ("https://rollbook.example", "__Host-csrf", True),
        ],
    )
    def test_scripts_and_other_sites_cannot_read_or_send_the_cookie(self, base_url, name, secure):
        cookie = serve(base_url).get("/consent").headers["Set-Cookie"]

        assert cookie.startswith(f"{name}=")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert ("Secure" in cookie) is secure


class TestErrors:
    def test_they_are_pages_with_the_security_headers(self, browser):
        response = browser.get("/missing")

        assert (response.status_code, response.mimetype) == (404, "text/html")
        assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert response.headers["X-Request-Id"] in response.text

    def test_what_they_show_is_escaped(self, browser):
        with browser.application.test_request_context():
            assert "&lt;b&gt;" in render_error_page(NotFound(), "<b>").get_data(as_text=True)


def test_pages_are_counted_per_client_address(browser):
    assert [browser.get("/missing").status_code for _ in range(6)] == [404] * 5 + [429]
