"""The page: what a product owner sees, whether it passed, and that it stands alone."""

import re

import pytest

from features.report.coverage import load_exemptions, make_tables
from features.report.glossary import make_glossary
from features.report.outline import make_outline
from features.report.page import load_formatter, render_page
from tests.node import require_file


@pytest.fixture(scope="session")
def outline(planted):
    return make_outline(planted.messages)


@pytest.fixture(scope="session")
def page(planted):
    tables = make_tables(planted.run, load_exemptions())
    return render_page(planted.run, planted.messages, tables, None)


def find_scenario(page, name):
    """Return the part of the page that shows a scenario."""
    return next(part for part in page.split("<article")[1:] if f">{name}</a>" in part)


def test_features_are_grouped_by_capability(outline):
    assert [(each.title, len(each.features)) for each in outline.capabilities] == [
        ("Returns", 1),
        ("Shop", 1),
    ]


@pytest.mark.parametrize(
    "text",
    ["In order to read", "As a customer", "A customer pays for each book", "S-01", "since 0.1"],
)
def test_a_feature_has_its_narrative_rules_and_tags(page, text):
    assert text in page


def test_a_passed_and_a_failed_scenario_are_shown_as_such(page):
    assert 'class="badge passed"' in find_scenario(page, "One book")
    failed = find_scenario(page, "The price is wrong")
    assert 'class="badge failed"' in failed
    assert "Failed at: Ada pays 7" in failed
    words, _, trace = failed.partition('<details class="trace">')
    assert "<strong>&lt;b&gt;features/shop/steps.py&lt;/b&gt;</strong>" in words
    assert "<pre" in trace
    assert "AssertionError: &lt;b&gt;features/shop/steps.py&lt;/b&gt;" in failed


def test_each_row_of_examples_has_its_result(page):
    rows = re.findall(r"<tr><td>(\d+)</td><td>(\d+)</td>.*?badge (\w+)", page)
    assert rows == [("2", "10", "passed"), ("3", "16", "failed")]


def test_a_scenario_that_failed_as_it_was_cleaned_up_is_failed(page):
    shown = find_scenario(page, "The basket is lost afterwards")
    assert "<strong>the basket is lost</strong>" in shown
    assert "Failed at: clean up" in shown


def test_a_scenario_without_a_step_is_not_implemented(page):
    assert "not implemented" in find_scenario(page, "There is no such step")


def test_the_header_has_version_commit_database_and_counts(page, planted):
    header = page.partition("</header>")[0]
    for text in (planted.run.version, planted.run.commit, planted.run.database, "UTC"):
        assert text in header
    for number, noun in ((2, "capabilities"), (2, "features"), (2, "rules"), (7, "scenarios")):
        assert f"<b>{number}</b> {noun}" in header


def test_a_closed_feature_lists_its_rules(page):
    summary = page.partition('<ul class="rules">')[2].partition("</ul>")[0]
    assert "A book can be returned for 14 days" in summary


def test_each_link_has_its_target(page):
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= targets


def test_the_id_of_a_requirement_shows_what_the_security_page_says(page):
    link = re.search(r'<a class="chip" href="#S-01" title="([^"]+)">S-01</a>', page)
    assert "exactly one creates the successor" in link[1]
    row = page.partition('<tr id="S-01">')[2].partition("</tr>")[0]
    assert "exactly one creates the successor" in row
    assert "A customer pays for each book" in row


def test_engineers_material_is_folded(page):
    folded = page.partition('<details id="engineers" class="appendix">')[2].partition("</main>")[0]
    assert 'id="coverage"' in folded
    assert 'id="cucumber"' in folded


def test_the_words_that_the_features_do_not_use_are_listed(page):
    assert re.search(r"<dt>log in, log out</dt>.*?not: .*?sign in", page)


def test_the_persons_and_the_words_are_explained(page):
    assert re.search(r"<dt>Root</dt><dd>the administrator", page)
    assert re.search(r"<dt>session</dt><dd>what a login opens", page)


def test_a_glossary_without_its_tables_is_an_error():
    with pytest.raises(ValueError, match="Personas"):
        make_glossary("# Features\n\n## Personas\n\nAda, Grace\n")


def test_the_coverage_is_on_the_page(page):
    coverage = page.partition('id="coverage"')[2]
    assert "POST /api/login" in coverage
    assert "no scenario" in coverage
    assert "A rule of HTTP" in coverage


def test_the_page_loads_nothing_and_names_no_path_of_this_machine(page, planted):
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    assert "url(" not in page
    assert str(planted.directory) not in page


def test_the_page_allows_only_its_own_scripts(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert "default-src &#39;none&#39;" in policy
    assert "unsafe" not in policy


def test_the_cucumber_report_is_in_the_page_where_npm_is(planted):
    directory = require_file("@cucumber/html-formatter/dist")
    tables = make_tables(planted.run, load_exemptions())
    page = render_page(
        planted.run, planted.messages, tables, load_formatter(directory, planted.messages)
    )
    assert "window.CUCUMBER_MESSAGES" in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
