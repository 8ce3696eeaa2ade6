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


def test_a_reader_authorises_with_a_token_which_is_not_stored(open_page, token, reader):
    page = open_page("/docs", **DESK)
    expect(page).to_have_title(re.compile("Rollbook"))
    authorise(page, token)
    expect(page.locator(".authorize.locked").first).to_be_visible()
    try_out(page, "GET", "/api/me")
    status, body = read_response(page, "GET", "/api/me")
    assert (status, body["username"]) == (200, reader.username)
    page.reload()
    expect(page.locator(".authorize.unlocked")).to_be_visible()
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.context.cookies() == []


def test_a_url_opens_its_operation_and_no_other_contract(open_page, explorer):
    block(explorer, "GET", "/api/me").locator(".opblock-summary-control").click()
    expect(explorer).to_have_url(re.compile(r"#/.+"))
    fragment = explorer.url.partition("#")[2]
    page = open_page(f"/docs?url=https://elsewhere.example/openapi.json#{fragment}", **DESK)
    expect(page.locator(".info .title")).to_contain_text("Rollbook")
    expect(page.locator(".opblock.is-open")).to_have_count(1)
    expect(block(page, "GET", "/api/me")).to_have_class(re.compile("is-open"))
    expect(block(page, "GET", "/api/me")).to_be_in_viewport()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_the_screen_and_the_colour_scheme(open_page, path):
    page = open_page(path)
    page.wait_for_load_state("networkidle")
    for screen, colours in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size(screen["viewport"])
        page.emulate_media(color_scheme=colours)
        assert fits_screen(page)
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (brightness(paper) < 100) == (colours == "dark")


def fits_screen(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def brightness(colour: str) -> float:
    shades = [int(shade) for shade in re.findall(r"\d+", colour)[:3]]
    return sum(shades) / len(shades)
