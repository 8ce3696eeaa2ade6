"""The specification in a browser: it is searched, linked to, and read without a network."""

import re

import pytest
from playwright.sync_api import expect

from api.specification.pages import POLICY
from features.report.coverage import load_exemptions, make_tables
from features.report.page import load_formatter, render_page
from tests.browser.test_accessibility import find_violations
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

    def open_file(fragment="", formatter=None, size="desk", **options):
        tables = make_tables(planted.run, load_exemptions())
        path = tmp_path / "specification.html"
        path.write_text(render_page(planted.run, planted.messages, tables, formatter))
        assert POLICY.search(path.read_text())
        contexts.append(browser.new_context(viewport=SIZES[size], **options))
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


def search(page, text):
    page.get_by_label("Search").fill(text)
    return page.get_by_role("status")


def test_a_reader_searches(open_specification):
    page = open_specification()
    expect(page.get_by_role("article").get_by_text("The price is wrong")).not_to_be_visible()
    expect(search(page, "BUYS 1 book")).to_have_text("2 scenarios in 1 feature.")
    expect(page.get_by_role("article").get_by_text("The price is wrong")).to_be_visible()
    expect(page.get_by_role("heading", name="Return a book")).not_to_be_visible()
    expect(page.get_by_text("2 of 4 scenarios")).to_have_count(2)  # of the capability, too
    expect(page.get_by_role("heading", name="Who may do what")).not_to_be_visible()
    expect(page.get_by_role("heading", name="For engineers")).not_to_be_visible()
    search(page, "")
    expect(page.get_by_role("heading", name="Return a book")).to_be_visible()
    expect(page.get_by_role("heading", name="For engineers")).to_be_visible()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("has a basket", "5 scenarios in 2 features."),  # in the background of one feature
        ("returns", "3 scenarios in 1 feature."),  # a capability
        ("S-01", "4 scenarios in 1 feature."),
        ("ada buy", "4 scenarios in 1 feature."),
        ("turn a book", "No scenario has “turn a book”. Try one word"),
    ],
)
def test_a_search_finds_adjacent_words(open_specification, text, found):
    expect(search(open_specification(), text)).to_contain_text(found)


def test_a_search_finds_the_synonyms_of_the_glossary(open_specification):
    page = open_specification()
    expect(search(page, "sign in")).to_contain_text("The features say “log in”.")
    expect(page.get_by_text("log in, log out: open a session")).to_be_visible()


def test_words_that_are_not_adjacent_are_offered(open_specification):
    page = open_specification()
    expect(search(page, "wrong pays")).to_contain_text("No scenario has “wrong pays”.")
    page.get_by_role("button", name="Show 1 scenario with all of these words").click()
    expect(page.get_by_role("status")).to_have_text("1 scenario in 1 feature.")


def test_what_was_open_before_a_search_is_open_after_it(open_specification):
    page = open_specification()
    page.get_by_role("heading", name="Return a book").click()
    search(page, "ada buys")
    search(page, "")
    expect(page.get_by_role("link", name="The shop is closed")).to_be_visible()
    expect(page.get_by_role("link", name="One book")).not_to_be_visible()


def test_a_closed_feature_shows_its_rules(open_specification):
    page = open_specification()
    rule = page.locator(".rules").get_by_text("A customer pays for each book")
    expect(rule).to_be_visible()
    page.get_by_role("button", name="Open all").click()
    expect(rule).not_to_be_visible()
    page.get_by_role("button", name="Rules only").click()
    rule.click()
    expect(page.get_by_role("link", name="One book")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_the_search_stays_in_view(open_specification, size):
    page = open_specification("#engineers", size=size)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_label("Search")).to_be_in_viewport()
    page.get_by_role("link", name="To top").click()
    expect(page.get_by_role("heading", name="Rollbook: specification")).to_be_in_viewport()


def test_the_printed_page_shows_every_scenario(open_specification):
    page = open_specification()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for name in ("One book", "The shop is closed"):
        expect(page.get_by_role("link", name=name)).to_be_visible()
    expect(page.get_by_text("Approved by")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.get_by_role("link", name="One book")).not_to_be_visible()


def test_the_page_can_be_read_without_scripts(open_specification):
    page = open_specification(java_script_enabled=False)
    expect(page.get_by_label("Search")).not_to_be_visible()
    expect(page.locator(".rules").get_by_text("A customer pays for each book")).to_be_visible()
    page.get_by_role("heading", name="Buy a book").click()
    expect(page.get_by_role("link", name="One book")).to_be_visible()


def test_a_reader_sees_only_what_has_not_passed(open_specification):
    page = open_specification()
    page.get_by_label("only what has not passed").check()
    expect(page.get_by_role("status")).to_have_text("5 scenarios in 2 features.")
    expect(page.get_by_role("article").get_by_text("The price is wrong")).to_be_visible()
    expect(page.get_by_role("link", name="One book")).not_to_be_visible()


def test_a_link_opens_the_feature_of_the_scenario(open_specification):
    page = open_specification("#shop-buy--one-book")
    expect(page.get_by_role("link", name="One book")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_as_wide_as_the_window(open_specification, size):
    page = open_specification(size=size)
    page.get_by_role("button", name="Open all").click()
    expect(page.get_by_role("article").get_by_text("The price is wrong")).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == SIZES[size]["width"]


def test_the_cucumber_report_opens_in_the_page(open_specification, planted):
    directory = require_file("@cucumber/html-formatter/dist")
    page = open_specification(formatter=load_formatter(directory, planted.messages))
    page.get_by_role("heading", name="For engineers").click()
    page.get_by_role("button", name="Open the Cucumber report").click()
    report = page.frame_locator("iframe")
    expect(report.get_by_text(re.compile("pytest-bdd"))).to_be_visible()
    expect(report.get_by_text("features/shop/buy.feature")).to_be_visible()


@pytest.mark.parametrize(("size", "colours"), [("desk", "light"), ("phone", "dark")])
def test_the_page_has_no_violation_of_accessibility(open_specification, size, colours):
    axe = require_file("axe-core/axe.min.js").read_text()
    page = open_specification(size=size, color_scheme=colours, bypass_csp=True)
    page.get_by_role("button", name="Open all").click()
    assert find_violations(page, axe) == []
    search(page, "ada buys")
    assert find_violations(page, axe) == []


def test_the_page_is_printed_in_light_colours_and_without_scripts_too(open_specification):
    page = open_specification(color_scheme="dark", java_script_enabled=False)
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="One book")).to_be_visible()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
