"""The rules of features/README.md that a program can check, and what each check finds."""

import re
from pathlib import Path

import pytest

from api.core.permissions import Permission
from features.lint import catalogue, definitions, index, proof, words

README = words.README.read_text()
ROOT = Path(__file__).parents[1]
FEATURES = catalogue.read_features()
DEFINITIONS = definitions.read_definitions()
SYNONYMS = words.read_synonyms(README)
SECURITY_IDS = set(words.SECURITY_ID.findall((ROOT / "docs/security.md").read_text()))
PERSONAS = words.read_personas(README)


@pytest.fixture(params=FEATURES, ids=lambda feature: feature.path.stem)
def feature(request):
    return request.param


def test_a_feature_has_the_form_of_the_rules(feature):
    assert list(words.check_form(feature)) == []


def test_a_feature_has_known_tags(feature):
    assert list(words.check_tags(feature, SECURITY_IDS)) == []


def test_a_feature_uses_the_words_of_the_glossary(feature):
    assert list(words.check_vocabulary(feature, SYNONYMS)) == []


def test_a_feature_has_known_personas(feature):
    assert list(words.check_personas(feature, PERSONAS)) == []


def test_a_step_takes_and_uses_what_its_words_say():
    assert [found for each in DEFINITIONS for found in proof.check_parameters(each)] == []


def test_a_then_asserts_something():
    assert [found for each in DEFINITIONS for found in proof.check_assertions(each)] == []


def test_no_two_steps_do_the_same():
    assert list(proof.check_duplicates(DEFINITIONS)) == []


def test_each_step_has_one_definition_and_each_definition_is_used():
    assert list(proof.check_uses(FEATURES, DEFINITIONS)) == []


def test_a_scenario_is_local_only_if_it_has_to_be():
    assert list(proof.check_local_tags(FEATURES, DEFINITIONS)) == []


def test_the_readme_lists_all_features():
    assert index.render_index(FEATURES) in README, "run: python -m features.lint.index"


def test_the_readme_lists_all_permissions():
    assert re.findall(r"^\| `(\w+:\w+)` \|", README, re.MULTILINE) == sorted(Permission)


VALID = """@capability @since:0.1 @L-01
Feature: Log in
  In order to use applications
  As a user
  I want to log in

  Rule: A user logs in with a password

    Scenario: The password is right
      Given Ada has an account
      When Ada logs in
      Then Ada is logged in
"""
STEPS = """
@given(parsers.parse("{name:w} has an account"))
def create_account(people, name):
    people.append(name)

@when("Ada logs in")
def log_in(people):
    people.login()

@then(parsers.re("(?P<name>.+) is logged in"))
def check_login(people, name):
    assert people[name]
"""


def check_words(text):
    feature = catalogue.read_feature(text)
    yield from words.check_form(feature)
    yield from words.check_tags(feature, {"L-01"})
    yield from words.check_vocabulary(feature, {"sign in": "log in"})
    yield from words.check_personas(feature, {"Ada"})


def check_steps(source):
    feature, found = catalogue.read_feature(VALID), definitions.parse_definitions(source)
    for each in found:
        yield from proof.check_parameters(each)
        yield from proof.check_assertions(each)
    yield from proof.check_duplicates(found)
    yield from proof.check_uses([feature], found)
    yield from proof.check_local_tags([feature], found)


def test_the_checks_accept_what_follows_the_rules():
    assert [*check_words(VALID), *check_steps(STEPS)] == []


MORE = VALID[VALID.index("    Scenario:") :]


@pytest.mark.parametrize(
    ("old", "new", "violation"),
    [
        ("  As a user\n", "", "does not begin with the lines In order, As, I want"),
        ("  Rule: A user logs in with a password\n", "", "has no Rule above the scenario"),
        ("      When Ada logs in\n", "      When Ada logs in\n      And Ada waits\n", "one When"),
        ("      Then Ada is logged in\n", "", "has more or less than Given, one When and Then"),
        (MORE, MORE * 2, "has two scenarios of the same name"),
        (MORE, "".join(MORE.replace("right", str(n)) for n in range(6)), "has 6 scenarios"),
        ("@capability", "@other", "does not begin with the tags"),
        (" @since:0.1", "", "does not begin with the tags"),
        ("@L-01", "@L-99", "has the unknown tag @L-99"),
        ("Ada logs in\n", "Ada sends POST to /api/login\n", "is technical: POST"),
        ("is logged in\n", "sees status 200\n", "is technical: status 200"),
        ("is logged in\n", "sees JSON\n", "is technical: JSON"),
        ("is logged in\n", "should be logged in\n", "is not in the present tense: should"),
        ("Ada logs in\n", "Ada has to sign in\n", "says 'sign in' instead of 'log in'"),
        ("Given Ada has", "Given Bob has", "has the unknown persona Bob"),
    ],
)
def test_the_checks_find_a_planted_violation_of_the_words(old, new, violation):
    assert old in VALID
    found = list(check_words(VALID.replace(old, new)))
    assert any(violation in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "violation"),
    [
        ("check_login(people, name)", "check_login(people)", "ignores 'name'"),
        ("    assert people[name]", "    assert people", "does not use its parameter 'name'"),
        ("    assert people[name]", "    people[name]", "is a Then that asserts nothing"),
        ('"Ada logs in"', '"Ada goes in"', "'Ada logs in' in planted.feature has 0 definitions"),
        ('"Ada logs in"', '"Ada goes in"', "log_in is not used: 'Ada goes in'"),
        ("log_in(people):\n", "log_in(people, app):\n    app.stop()\n", "lacks the tag @local"),
    ],
)
def test_the_checks_find_a_planted_violation_of_the_steps(old, new, violation):
    assert old in STEPS
    found = list(check_steps(STEPS.replace(old, new)))
    assert any(violation in each for each in found), found


SAME = '\n@when("Ada enters")\ndef enter(persons):\n    persons.login()\n'
AMBIGUOUS = '\n@when(parsers.parse("{who} logs in"))\ndef enter(who):\n    who.enter()\n'


@pytest.mark.parametrize(
    ("added", "violation"), [(SAME, "do the same"), (AMBIGUOUS, "has 2 definitions")]
)
def test_the_checks_find_two_steps_with_one_meaning(added, violation):
    assert any(violation in each for each in check_steps(STEPS + added))


def test_the_checks_find_a_local_tag_without_need():
    feature = catalogue.read_feature(VALID.replace("@since:0.1", "@since:0.1 @local"))
    [found] = proof.check_local_tags([feature], definitions.parse_definitions(STEPS))
    assert "does not need the tag @local" in found


def test_the_checks_ignore_what_a_feature_quotes():
    quoting = VALID.replace("is logged in\n", 'sees the error "please sign in"\n')
    assert list(check_words(quoting)) == []
