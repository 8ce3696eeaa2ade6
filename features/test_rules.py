"""The rules of features/README.md that a program can check."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
FILES = sorted(ROOT.rglob("*.feature"))
MAX_SCENARIOS = 5
SCENARIO = re.compile(r"^ *Scenario(?: Outline)?: (.+)$", re.MULTILINE)
TECHNICAL = re.compile(r"/api/|\b(?:GET|POST|PUT|PATCH|DELETE|JSON|HTTP|[2-5]\d\d (?:OK|status))\b")


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def text(path):
    return path.read_text()


def split_scenarios(text):
    """Return the steps of each scenario, without those of the background."""
    return re.split(SCENARIO, text)[2::2]


def test_a_feature_names_its_capability_and_version(path, text):
    assert text.startswith(f"@{path.parent.name} @since:")


def test_a_feature_begins_with_three_lines_of_why(text):
    assert re.search(r"^Feature: .+\n  In order .+\n  As .+\n  I want .+\n\n", text, re.MULTILINE)


def test_a_feature_has_at_most_five_scenarios_with_different_names(text):
    names = SCENARIO.findall(text)
    assert 1 <= len(set(names)) == len(names) <= MAX_SCENARIOS


def test_each_scenario_belongs_to_a_rule(text):
    assert "Rule:" in re.split(SCENARIO, text)[0]


def test_a_scenario_has_one_when_and_a_then(text):
    for steps in split_scenarios(text):
        assert re.findall(r"^ *(When|Then) ", steps, re.MULTILINE) == ["When", "Then"]
        assert not re.search(r"When .+\n *And ", steps)


def test_a_feature_names_no_path_method_status_or_format(text):
    assert not TECHNICAL.search(text)
