"""Case N-17: what a newcomer stumbled over on the page of Swagger UI."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_docs import DESK, PHONE, authorise, block, fits_screen, try_out

MAX_HEIGHT = 2500  # pixels; it was 6,210
ROW = '{"username":"row","email":"row@example.org"}\n'


@pytest.fixture
def page(explorer):
    explorer.set_viewport_size(DESK["viewport"])
    return explorer


def open_operation(page, method, path):
    operation = block(page, method, path)
    if operation.locator(".responses-table").count() == 0:  # no test before has opened it
        operation.locator(".opblock-summary-control").click()
    expect(operation.locator(".responses-table").first).to_be_visible()
    return operation


def test_case_N_17_an_open_operation_is_a_few_screens_high(page):
    operation = open_operation(page, "POST", "/api/login")
    assert operation.bounding_box()["height"] < MAX_HEIGHT


def test_case_N_17_an_error_is_a_line_that_leads_to_its_page(page):
    operation = open_operation(page, "POST", "/api/login")
    expect(operation.locator("[data-code='401'] pre")).to_have_count(0)
    leads_to = operation.get_by_role("link", name="invalid_credentials").get_attribute("href")
    assert leads_to.endswith("/docs/errors/invalid_credentials")
    assert page.request.get(leads_to).ok


def test_case_N_17_a_link_of_a_response_leads_to_its_operation(page):
    operation = open_operation(page, "POST", "/api/users")
    links = operation.locator(".operation-link")
    expect(links.first).to_be_visible()
    assert "`" not in "".join(links.all_inner_texts())
    assert links.locator("a").first.get_attribute("href").startswith("#/users/")


def test_case_N_17_rows_have_an_example_and_may_be_chosen_as_a_file(page):
    operation = open_operation(page, "POST", "/api/users/import")
    operation.get_by_role("button", name="Try it out").click()
    operation.locator(".opblock-section-request-body select.content-type").select_option(
        "application/x-ndjson"
    )
    editor = operation.locator("textarea")
    expect(editor).to_have_value(re.compile('"username":"alan"'))
    file = {"name": "users.ndjson", "mimeType": "text/plain", "buffer": ROW.encode()}
    operation.get_by_label("Take a file").set_input_files(file)
    expect(editor).to_have_value(ROW)


def test_case_N_17_exported_rows_are_shown_as_they_are(page, service):
    authorise(page, service.person("Exporter", role="admin").token)
    try_out(page, "GET", "/api/users/export")
    shown = block(page, "GET", "/api/users/export").locator(".live-responses-table .microlight")
    expect(shown.first).to_contain_text('"username":"Exporter"')
    expect(shown.first).not_to_contain_text("can't parse")


def test_case_N_17_the_button_that_copies_a_path_is_not_squashed(page):
    operation = block(page, "GET", "/api/users")
    operation.locator(".opblock-summary").hover()
    box = operation.locator(".view-line-link.copy-to-clipboard").bounding_box()
    assert min(box["width"], box["height"]) >= 20


def test_an_open_operation_fits_a_phone(page):
    open_operation(page, "POST", "/api/register")
    page.set_viewport_size(PHONE["viewport"])
    assert fits_screen(page)
