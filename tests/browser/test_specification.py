"""The specification in a browser: it is searched, linked to, and read without a network."""

import re

import pytest
from playwright.sync_api import expect

from api.specification.pages import POLICY
from features.report.coverage import load_exemptions, make_tables
from features.report.page import load_formatter, render_page
from tests.node import require_file
from tests.specification.planted import Planted, run_planted_features

SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Planted:
    return run_planted_features(tmp_path_factory.mktemp("planted"))


@pytest.fixture
def open_specification(planted: Planted, browser, tmp_path):
    """Open the page as a file; it may request nothing and log no error."""
    errors, contexts = [], []

    def open_file(fragment="", formatter=None, size="desk"):
        tables = make_tables(planted.run, load_exemptions())
        path = tmp_path / "specification.html"
        path.write_text(render_page(planted.run, planted.messages, tables, formatter))
        assert POLICY.search(path.read_text())
        contexts.append(browser.new_context(viewport=SIZES[size]))
        page = contexts[-1].new_page()
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(request.url))
        page.goto(f"{path.as_uri()}{fragment}")
        assert errors.pop(0).startswith(path.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert errors == []


def test_a_reader_searches(open_specification):
    page = open_specification()
    expect(page.get_by_text("The price is wrong")).not_to_be_visible()
    page.get_by_label("Search").fill("pays PRICE")
    expect(page.get_by_role("status")).to_have_text("2 scenarios in 1 feature")
    expect(page.get_by_text("The price is wrong")).to_be_visible()
    expect(page.get_by_text("Return a book")).not_to_be_visible()
    page.get_by_label("Search").fill("")
    expect(page.get_by_text("Return a book")).to_be_visible()


def test_a_reader_sees_only_what_has_not_passed(open_specification):
    page = open_specification()
    page.get_by_label("only what has not passed").check()
    expect(page.get_by_text("The price is wrong")).to_be_visible()
    expect(page.get_by_role("link", name="One book")).not_to_be_visible()


def test_a_link_opens_the_feature_of_the_scenario(open_specification):
    page = open_specification("#shop-buy--one-book")
    expect(page.get_by_role("link", name="One book")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_as_wide_as_the_window(open_specification, size):
    page = open_specification(size=size)
    page.get_by_role("button", name="Open all").click()
    expect(page.get_by_text("The price is wrong")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == SIZES[size]["width"]


def test_the_cucumber_report_opens_in_the_page(open_specification, planted):
    directory = require_file("@cucumber/html-formatter/dist")
    page = open_specification(formatter=load_formatter(directory, planted.messages))
    page.get_by_role("button", name="Open the Cucumber report").click()
    report = page.frame_locator("iframe")
    expect(report.get_by_text(re.compile("pytest-bdd"))).to_be_visible()
    expect(report.get_by_text("features/shop/buy.feature")).to_be_visible()
