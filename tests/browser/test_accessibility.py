"""The pages as axe-core judges them, on both sizes and in both colour schemes.

axe-core is put into the page by the test, which the Content-Security-Policy of the pages forbids:
these browser contexts alone do without it.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_docs import DESK, PHONE, block

OURS = [
    "/docs/reference",
    "/docs/reference/roles",
    "/docs/reference/transfer",
    "/docs/reference/webhook-events",
    "/docs/errors",
    "/docs/errors/invalid_request",
]
VIEWS = [(screen, colours) for screen in (DESK, PHONE) for colours in ("light", "dark")]
RUN = """async (impacts) => {
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impacts.length === 0 || impacts.includes(impact))
    .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}"""
OPEN_ALL_DETAILS = "for (const each of document.querySelectorAll('details')) each.open = true"


def find_violations(page: Page, axe: str, *impacts: str) -> list[str]:
    """Return what axe-core finds: all, or what has one of these impacts."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    return page.evaluate(RUN, list(impacts))


def show_views(page: Page) -> Iterator[str]:
    """Show a page on both screens in both colour schemes, and yield a name for each view."""
    for screen, colours in VIEWS:
        page.set_viewport_size(screen["viewport"])
        page.emulate_media(color_scheme=colours)
        yield f"{screen['viewport']} {colours}"


@pytest.mark.parametrize("path", OURS)
def test_our_pages_have_no_violation_of_any_severity(open_page, axe, path):
    page = open_page(path, bypass_csp=True)
    page.evaluate(OPEN_ALL_DETAILS)
    for view in show_views(page):
        assert find_violations(page, axe) == [], view


def test_the_results_of_a_search_have_no_violation(open_page, axe):
    page = open_page("/docs/reference", bypass_csp=True, **DESK)
    page.get_by_role("searchbox").fill("session")
    expect(page.locator(".hits a").first).to_be_visible()
    assert find_violations(page, axe) == []


@pytest.mark.parametrize(
    ("screen", "colours"), [VIEWS[0], VIEWS[-1]], ids=["desk", "phone"]
)  # each takes some 10 s
def test_case_N_17_swagger_ui_has_no_serious_violation(open_page, axe, screen, colours):
    page = open_page("/docs", color_scheme=colours, bypass_csp=True, **screen)
    login = block(page, "POST", "/api/login")
    login.locator(".opblock-summary-control").click()
    login.get_by_role("button", name="Try it out").click()
    users = block(page, "GET", "/api/users")
    users.locator(".opblock-summary-control").click()
    expect(users.locator(".parameters-col_description").first).to_be_visible()
    assert find_violations(page, axe, "serious", "critical") == []
    page.get_by_role("button", name="Authorize").first.click()
    expect(page.locator(".dialog-ux .modal-ux")).to_be_visible()
    assert find_violations(page, axe, "serious", "critical") == []
