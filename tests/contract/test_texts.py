"""The words of the contract agree with the service: what they name exists, with these limits."""

import re

import orjson
import pytest

from api.config import Settings
from api.core.events import Event
from api.core.permissions import Permission
from api.webhooks.catalogue import TEST_EVENT
from tests.service import ROOT

DOCUMENT = orjson.loads((ROOT / "openapi" / "openapi.json").read_bytes())
OPERATIONS = {
    operation["operationId"]: operation["description"]
    for item in DOCUMENT["paths"].values()
    for method, operation in item.items()
    if method != "parameters"
}
CALLS = {
    f"{method.upper()} {path}"
    for path, item in DOCUMENT["paths"].items()
    for method in item
    if method != "parameters"
}
CODE = re.compile(r"`([^`]*)`")
EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
PERMISSION = re.compile(r"[a-z]+:[a-z]+")
CONTINUED_AS_LIST = re.compile(r"^(?!\d+[.)] ).+\n\d+[.)] .*", re.MULTILINE)
CALL = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE) /")
SETTING = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
LIMIT = re.compile(r"(\d[\d,]*)(?: (\w+))?[^.;()\d]*\(([A-Z]+(?:_[A-Z]+)+)\)")
SECONDS = {"seconds": 1, "minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "days": 86_400}
FACTORS = {"DAYS": 86_400, "HOURS": 3600, "MINUTES": 60}  # by the end of a setting's name


def find_texts(node):
    """Yield each description in a part of the document."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "description" and isinstance(value, str):
                yield value
            elif key not in {"example", "examples", "value"}:
                yield from find_texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from find_texts(value)


TEXTS = sorted(set(find_texts(DOCUMENT)))
NAMES = {name for text in TEXTS for name in CODE.findall(text)}


def test_no_line_that_continues_a_sentence_begins_as_a_list():
    """Swagger UI shows a line that begins with "9745)" as an item of a list."""
    assert [line for text in TEXTS for line in CONTINUED_AS_LIST.findall(text)] == []


def test_each_event_in_a_text_exists():
    assert {name for name in NAMES if EVENT.fullmatch(name)} <= {*Event} | {
        "thing.past_participle",
        TEST_EVENT,
    }


def test_each_event_is_named_by_an_operation_that_records_it():
    told = {name for text in OPERATIONS.values() for name in CODE.findall(text)}
    of_the_command_line = {Event.KEY_RETIRED, Event.KEY_ROTATED, Event.USER_PURGED}

    assert {*Event} - told == of_the_command_line


def test_each_permission_in_a_text_exists():
    assert {name for name in NAMES if PERMISSION.fullmatch(name)} <= {*Permission} | {
        "resource:action",
        "status:suspended",
    }


def test_each_operation_in_a_text_exists():
    called = {name.partition("?")[0] for name in NAMES if CALL.match(name)}

    assert called <= CALLS


def test_each_setting_in_a_text_exists():
    named = {name.lower() for text in OPERATIONS.values() for name in SETTING.findall(text)}

    assert named <= Settings.model_fields.keys()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_limits_in_a_text_are_the_defaults(operation):
    defaults = Settings(
        environment="production",
        public_base_url="https://rollbook.example",
        database_url="sqlite://",
        encryption_key="x" * 48,
    )
    for number, unit, name in LIMIT.findall(OPERATIONS[operation].replace("\n", " ")):
        limit = int(number.replace(",", ""))
        default = getattr(defaults, name.lower())
        if name.startswith("LIMIT_"):
            assert default in {f"{limit} per minute", f"{limit} per hour"}, name
        else:
            factor = FACTORS.get(name.rpartition("_")[2], 1)
            assert default * factor == limit * SECONDS.get(unit, 1), name


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_code_is_broken_over_two_lines(operation):
    assert [code for code in CODE.findall(OPERATIONS[operation]) if "\n" in code] == []


def test_a_text_of_several_sentences_ends_with_a_full_stop():
    several = [text for text in TEXTS if re.search(r"[a-z`)]\. [A-Z`]", text)]

    assert [text for text in several if not text.rstrip().endswith((".", "|", ":"))] == []
