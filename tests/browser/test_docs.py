"""The documentation in a browser: authorise, try an operation, read about an error."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
PAGES = ["/docs", "/docs/errors", "/docs/errors/invalid_request"]


@pytest.fixture(scope="module")
def reader(service):
    return service.person("Reader")


@pytest.fixture
def token(reader):
    """An access token, from the login that the page describes."""
    who = {"username": reader.username, "password": reader.password}
    return reader.post("/api/login", who, expecting=200).json["access_token"]


def authorise(page: Page, token: str) -> None:
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    form = dialog.locator("form", has_text="token (http, Bearer)")
    form.get_by_role("textbox").fill(token)
    form.get_by_role("button", name="apply credentials").click()
    dialog.get_by_role("button", name="Close").last.click()


def try_out(page: Page, method: str, path: str) -> None:
    operation = block(page, method, path)
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()


def block(page: Page, method: str, path: str):
    address = page.locator(f'.opblock-summary-path[data-path="{path}"]')
    return page.locator(f".opblock-{method.lower()}").filter(has=address)


def read_response(page: Page, method: str, path: str) -> tuple[int, dict]:
    """Read the live response on the page."""
    live = block(page, method, path).locator(".live-responses-table .response")
    status = live.locator(".response-col_status").inner_text().split()[0]
    body = live.locator(".response-col_description .microlight").first.inner_text()
    return int(status), json.loads(body)


def test_a_reader_authorises_with_the_token_and_reads_the_own_profile(open_page, token, reader):
    page = open_page("/docs", **DESK)
    expect(page).to_have_title(re.compile("Rollbook"))
    authorise(page, token)
    try_out(page, "GET", "/api/me")
    status, body = read_response(page, "GET", "/api/me")
    assert (status, body["username"]) == (200, reader.username)


def test_the_token_is_not_stored(open_page, token):
    page = open_page("/docs", **DESK)
    authorise(page, token)
    expect(page.locator(".authorize.locked")).to_be_visible()
    page.reload()
    expect(page.locator(".authorize.unlocked")).to_be_visible()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.context.cookies() == []


def test_a_url_in_the_query_does_not_replace_the_contract(open_page):
    page = open_page("/docs?url=https://elsewhere.example/openapi.json", **DESK)
    expect(page.locator(".info .title")).to_contain_text("Rollbook")


def test_an_operation_has_a_url(open_page):
    page = open_page("/docs", **DESK)
    block(page, "GET", "/api/me").locator(".opblock-summary-control").click()
    expect(page).to_have_url(re.compile(r"#/.+"))
    again = open_page(page.url, **DESK)
    expect(again.locator(".opblock.is-open")).to_have_count(1)
    expect(block(again, "GET", "/api/me")).to_have_class(re.compile("is-open"))
    expect(block(again, "GET", "/api/me")).to_be_in_viewport()


def test_a_reader_finds_the_page_of_an_error(open_page):
    page = open_page("/docs", **DESK)
    page.get_by_role("link", name="Errors").click()
    page.get_by_role("link", name="unauthenticated").click()
    expect(page).to_have_url(re.compile("/docs/errors/unauthenticated$"))
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()


@pytest.mark.parametrize(
    ("screen", "colours"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"]
)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_the_screen_and_the_colour_scheme(open_page, path, screen, colours):
    page = open_page(path, color_scheme=colours, **screen)
    page.wait_for_load_state("networkidle")
    assert fits_screen(page)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (brightness(paper) < 100) == (colours == "dark")


def test_an_open_operation_fits_a_phone(open_page):
    page = open_page("/docs", **PHONE)
    block(page, "POST", "/api/register").locator(".opblock-summary-control").click()
    expect(page.locator(".responses-table").first).to_be_visible()
    assert fits_screen(page)


def fits_screen(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def brightness(colour: str) -> float:
    shades = [int(shade) for shade in re.findall(r"\d+", colour)[:3]]
    return sum(shades) / len(shades)
