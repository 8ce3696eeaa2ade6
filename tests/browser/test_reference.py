"""The reference in a browser: search, the language of the samples, and pages without script."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_docs import DESK, PHONE, fits_screen

EVENTS = "/docs/reference/webhook-events"


def test_one_choice_of_payload_holds_for_the_page(open_page):
    page = open_page(EVENTS, **DESK)
    sample = page.locator("[id='user.suspended'] .sample >> visible=true")
    expect(sample).not_to_contain_text("sessions_ended")
    page.locator("[id='user.created']").get_by_role("radio", name="full").check()
    expect(sample).to_contain_text("sessions_ended")


def test_a_reader_finds_an_operation_by_a_member_of_its_body(open_page):
    page = open_page("/docs/reference", **DESK)
    page.keyboard.press("/")
    page.keyboard.type("refresh_expires_in login")
    expect(page.locator(".found")).to_have_text(re.compile(r"\d+ found"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/docs/reference/login#log_in$"))
    expect(page.locator("#log_in h2")).to_be_in_viewport()


def test_a_reader_finds_the_page_of_an_error_code_although_the_index_comes_late(open_page):
    page, held = open_page("/docs/reference/users", **PHONE), []
    page.route("**/search.json", lambda route: held.append(route))  # noqa: PLW0108
    with page.expect_request("**/search.json"):
        page.get_by_role("searchbox").fill("invalid_refresh")
    page.get_by_role("searchbox").press("Enter")
    held[0].continue_()
    expect(page).to_have_url(re.compile("/docs/errors/invalid_refresh_token$"))


def test_one_choice_of_language_holds_for_the_page(open_page):
    page = open_page("/docs/reference/users", **DESK)
    sample = page.locator("#list_users .sample >> visible=true")
    expect(sample).to_contain_text("curl")
    page.locator("#get_me").get_by_role("radio", name="Python").check()
    expect(sample).to_contain_text("import httpx")


def test_without_script_the_pages_can_be_read_and_the_language_chosen(open_page):
    page = open_page("/docs/reference/sessions", java_script_enabled=False, **DESK)
    expect(page.get_by_role("searchbox")).to_be_hidden()
    page.locator("#refresh").get_by_role("radio", name="TypeScript").check()
    expect(page.locator("#refresh .sample >> visible=true")).to_contain_text("await fetch")


def test_an_operation_leads_to_swagger_ui_and_back(open_page):
    page = open_page("/docs/reference/login", **DESK)
    page.locator("#log_in").get_by_role("link", name="Try it").click()
    expect(page.locator(".opblock.is-open")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Reference").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rollbook")


@pytest.mark.parametrize("screen", [DESK, PHONE])
def test_the_contents_show_the_page_that_is_open(open_page, screen):
    page = open_page(EVENTS, **screen)
    expect(page.locator(".contents [aria-current]")).to_be_in_viewport()
    expect(page.get_by_role("searchbox")).to_be_in_viewport()
    assert page.evaluate("window.scrollY") == 0


@pytest.mark.parametrize("path", ["/docs/reference", "/docs/reference/users", EVENTS])
@pytest.mark.parametrize(("screen", "colours"), [(DESK, "light"), (PHONE, "dark")])
def test_a_page_fits_the_screen(open_page, path, screen, colours):
    page = open_page(path, color_scheme=colours, **screen)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert fits_screen(page)
