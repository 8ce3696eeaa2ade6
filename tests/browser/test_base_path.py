"""B-28: the documentation under a path, behind nginx that removes the path."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Pages
from tests.proxy import BASE_PATH, REMOVE_BASE_PATH, nginx
from tests.service import Service, services


@pytest.fixture(scope="module")
def under_a_path(place, databases, redis) -> Iterator[Service]:
    with services(place, databases, redis) as start_one:
        yield start_one(public_base_url=f"http://127.0.0.1{BASE_PATH}", trusted_proxies=1)


@pytest.fixture
def page(browser, under_a_path, place) -> Iterator[Page]:
    with nginx(place, under_a_path.port, edits=REMOVE_BASE_PATH["nginx"]) as port:
        pages = Pages(browser, f"http://127.0.0.1:{port}")
        yield pages.open(f"{BASE_PATH}/")
        pages.close()


def test_B_28_the_documentation_works_under_a_path(page):
    expect(page).to_have_url(re.compile(f"{BASE_PATH}/docs$"))
    expect(page.locator(".info .title")).to_contain_text("Rollbook")
    operation = page.locator(".opblock", has=page.locator('[data-path="/health/ready"]'))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    body = operation.locator(".live-responses-table .response-col_description .microlight").first
    assert json.loads(body.inner_text())["status"] == "ok"
    page.get_by_role("link", name="Errors").click()
    page.get_by_role("link", name="unauthenticated").click()
    expect(page).to_have_url(re.compile(f"{BASE_PATH}/docs/errors/unauthenticated$"))
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()
