"""Query strings: the values that are read from text, and those that are rejected."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from api.core.errors import InvalidRequest
from api.web.fields import Boolean, DateTime, Identifier, Integer, String
from api.web.schemas import Model, QueryString, is_timestamp

pytestmark = pytest.mark.usefixtures("registry")

SECRET = "hunter2"
ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")


def validation_errors(error):
    return [(each.pointer, each.rule, each.message) for each in error.value.members["errors"]]


class TestTimestamp:
    @pytest.mark.parametrize(
        "text",
        ["2026-11-23T09:30:00Z", "2026-11-23t09:30:00.123456z", "2026-11-23T09:30:00+05:30"],
    )
    def test_a_timestamp_has_date_time_and_zone(self, text):
        assert is_timestamp(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "yesterday",
            "2026-11-23",
            "20261123T093000Z",
            "2026-W48-1T09:30:00Z",
            "2026-11-23T09:30Z",
            "2026-11-23T09:30:00,5Z",
            "2026-11-23T09:30:00+05",
            "2026-11-23T09:30:00+05:30:15",
            "２026-11-23T09:30:00Z",
            "2026-11-23T09:30:00Z\n",
            "2026-11-23T09:30:00",
            "2026-11-23 09:30:00Z",
            "2026-02-30T09:30:00Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
        ],
    )
    def test_other_text_is_no_timestamp(self, text):
        assert not is_timestamp(text)


class TestQuery:
    @pytest.fixture
    def read(self):
        model = QueryString(
            Model(
                "Asked",
                {
                    "limit": Integer(minimum=1, maximum=100, default=20),
                    "q": String(max_length=5),
                    "count": Boolean(default=False),
                    "after": DateTime(),
                    "actor": Identifier(),
                },
            )
        )
        return lambda **texts: model.read((name, [text]) for name, text in texts.items())

    def test_missing_parameters_get_their_defaults(self, read):
        assert read() == {"limit": 20, "count": False}

    @pytest.mark.parametrize(
        ("text", "value"), [("1", 1), ("007", 7), ("100", 100), ("0" * 17 + "1", 1)]
    )
    def test_an_integer_is_parsed(self, read, text, value):
        assert read(limit=text)["limit"] == value

    @pytest.mark.parametrize("text", ["", "-", "--1", "1.0", "1e1", "٣", "²", " 1", "9" * 19])
    def test_other_text_is_no_integer(self, read, text):
        with pytest.raises(InvalidRequest) as error:
            read(limit=text)

        assert validation_errors(error) == [("limit", "type", "must be of type integer")]

    @pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
    def test_a_boolean_is_parsed(self, read, text, value):
        assert read(count=text)["count"] is value

    def test_strings_and_timestamps_are_parsed(self, read):
        values = read(q="7", after="2026-11-23t09:30:00.5+01:00")

        assert values["q"] == "7"
        assert values["after"] == datetime(2026, 11, 23, 8, 30, 0, 500_000, tzinfo=UTC)

    def test_an_identifier_is_parsed(self, read):
        assert read(actor=str(ADA).upper())["actor"] == ADA

    @pytest.mark.parametrize(
        ("name", "text", "rule"),
        [
            ("actor", SECRET, "format"),
            ("actor", ADA.hex, "format"),
            ("actor", f"{{{ADA}}}", "format"),
            ("actor", f"urn:uuid:{ADA}", "format"),
            ("limit", "0", "minimum"),
            ("limit", "-1", "minimum"),
            ("limit", "101", "maximum"),
            ("q", SECRET, "max_length"),
            ("count", "True", "type"),
            ("after", SECRET, "format"),
            ("nope", SECRET, "additional_properties"),
            ("x" * 65, SECRET, "additional_properties"),
        ],
    )
    def test_an_invalid_parameter_is_reported_without_its_value(self, read, name, text, rule):
        with pytest.raises(InvalidRequest) as error:
            read(**{name: text})

        [(pointer, broken, _)] = validation_errors(error)
        assert (pointer, broken) == (name[:64], rule)
        assert SECRET not in str(validation_errors(error))

    def test_a_repeated_parameter_is_rejected(self):
        model = QueryString(Model("Once", {"q": String(max_length=5)}))

        with pytest.raises(InvalidRequest) as error:
            model.read([("q", ["a", "a"])])

        assert validation_errors(error) == [("q", "repeated", "must not be repeated")]
