"""Models: the input that they reject, their messages, and what they render."""

from types import SimpleNamespace

import pytest
from flask_restx import fields as restx_fields

from api.core.errors import InvalidRequest
from api.web.fields import (
    PRINTABLE,
    Boolean,
    DateTime,
    Email,
    Enum,
    Identifier,
    Integer,
    List,
    Nested,
    Password,
    Slug,
    String,
    StringList,
    Username,
)
from api.web.schemas import Input, Model, renderer

pytestmark = pytest.mark.usefixtures("registry")

SECRET = "hunter2"


def check(value, **fields):
    Input(Model("Sent", fields)).check(value)


def validation_errors(error):
    return [(each.pointer, each.rule, each.message) for each in error.value.members["errors"]]


def find_errors(value, **fields):
    with pytest.raises(InvalidRequest) as error:
        check(value, **fields)
    return validation_errors(error)


class TestBody:
    @pytest.mark.parametrize(
        ("field", "value", "rule", "message"),
        [
            (String(max_length=3), 7, "type", "must be of type string"),
            (String(max_length=3, nullable=True), 7, "type", "must be of type null or string"),
            (String(max_length=3), "abcd", "max_length", "must have 3 characters or fewer"),
            (
                String(max_length=3, min_length=1),
                "",
                "min_length",
                "must have 1 characters or more",
            ),
            (
                String(max_length=3),
                "a\0",
                "pattern",
                "has characters or a form that are not allowed",
            ),
            (
                String(max_length=3),
                "a\x7f",
                "pattern",
                "has characters or a form that are not allowed",
            ),
            (Username(), "a\nb", "pattern", "has characters or a form that are not allowed"),
            (Enum(["a", "b"]), "c", "enum", "must be one of: a or b"),
            (Email(), "ada", "format", "must be a valid email"),
            (DateTime(), "today", "format", "must be a valid date-time"),
            (Identifier(), "7", "format", "must be a valid uuid"),
            (Integer(minimum=1), 0, "minimum", "must be 1 or more"),
            (Integer(maximum=9), 10, "maximum", "must be 9 or less"),
            (Integer(), 1.5, "type", "must be of type integer"),
            (Integer(), "1", "type", "must be of type integer"),
            (Integer(), True, "type", "must be of type integer"),
            (Boolean(), 1, "type", "must be of type boolean"),
            (Password(), "x" * 257, "max_length", "must have 256 characters or fewer"),
            (Enum(["a"]), None, "enum", "must be one of: a"),
        ],
    )
    def test_a_violated_rule_is_reported(self, field, value, rule, message):
        assert ("/it", rule, message) in find_errors({"it": value}, it=field)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            (String(max_length=3), ""),
            (String(max_length=3), "äöü"),
            (String(max_length=1), "\U0001f600"),
            (String(max_length=3, nullable=True), None),
            (Username(), "a.b-c_D9"),
            (Enum(["a"], nullable=True), None),
            (Email(), "ada@bücher.example"),
            (DateTime(), "2026-11-23T09:30:00Z"),
            (Identifier(), "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"),
            (Integer(minimum=1, maximum=9), 9),
            (Boolean(), False),
        ],
    )
    def test_a_valid_value_is_accepted(self, field, value):
        check({"it": value}, it=field)

    def test_all_violations_are_reported_together(self):
        found = find_errors(
            {"username": 7, "nope": SECRET},
            username=Username(),
            email=Email(required=True),
        )

        assert sorted(pointer for pointer, *_ in found) == ["/email", "/nope", "/username"]
        assert ("/email", "required", "is required") in found
        assert ("/nope", "additional_properties", "is not known") in found

    @pytest.mark.parametrize("value", [None, [], "text", 7, True])
    def test_a_body_must_be_an_object(self, value):
        assert find_errors(value, it=String(max_length=3)) == [
            ("", "type", "must be of type object")
        ]

    @pytest.mark.parametrize(
        "value",
        [
            {"it": SECRET},
            {"it": [SECRET]},
            {"it": {"deep": SECRET}},
            {"choice": SECRET},
            {"email": SECRET},
            SECRET,
            [SECRET],
        ],
    )
    def test_the_value_is_never_repeated(self, value):
        found = find_errors(value, it=String(max_length=3), choice=Enum(["a"]), email=Email())

        assert SECRET not in str(found)

    def test_a_long_member_name_is_shortened(self):
        [(pointer, *_)] = find_errors({"x" * 10_000: 1}, it=Boolean())

        assert pointer == "/" + "x" * 64

    def test_at_most_fifty_violations_are_reported(self):
        assert len(find_errors({str(number): 1 for number in range(1000)}, it=Boolean())) == 50

    @pytest.mark.parametrize("items", [[1] * 60_000, ["A!"] * 60_000, list(range(21))])
    def test_A_09_the_items_of_a_list_that_is_too_long_are_not_validated(self, items):
        field = StringList(Slug(), max_items=20)

        assert find_errors({"it": items, "nope": 1}, it=field) == [
            ("/it", "max_items", "must have 20 items or fewer")
        ]

    def test_a_pointer_is_escaped_as_in_RFC_6901(self):
        [(pointer, *_)] = find_errors({"a/b~c": 1}, it=Boolean())

        assert pointer == "/a~1b~0c"

    def test_a_model_can_have_rules_for_several_members(self):
        either = {"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "minProperties": 1}
        model = Input(Model("Either", {"a": Boolean(), "b": Boolean()}, also=either))

        model.check({"b": True})
        with pytest.raises(InvalidRequest) as error:
            model.check({})

        assert sorted(validation_errors(error)) == [
            ("", "any_of", "needs at least one of its optional members"),
            ("", "min_properties", "must have 1 members or more"),
        ]

    def test_H_15_patterns_match_in_linear_time(self):
        check({"it": "a" * 100_000}, it=String(max_length=100_000, pattern="^(a|aa)+$"))


class TestText:
    @pytest.mark.parametrize("letter", ["\0", "\n", "\x1b", "\x7f", "\ufdd0", "\ufffe", "\uffff"])
    def test_H_03_control_and_non_characters_are_rejected(self, letter):
        [(pointer, rule, _)] = find_errors({"it": f"a{letter}b"}, it=String(max_length=9))

        assert (pointer, rule) == ("/it", "pattern")

    @pytest.mark.parametrize(
        "letter", [" ", "~", "\xa0", "ß", "\u0301", "\u200d", "你", "\U0001f600"]
    )
    def test_letters_of_all_languages_are_accepted(self, letter):
        check({"it": f"a{letter}b"}, it=String(max_length=9))


class TestRendering:
    ada = SimpleNamespace(name="Ada", age=36, secret=SECRET, nick=None)

    def model(self, name="Person", **fields):
        return Model(name, {"name": String(max_length=9, required=True), **fields})

    def test_only_declared_members_are_rendered(self):
        render = renderer(self.model(age=Integer(required=True)))

        assert render(self.ada) == {"name": "Ada", "age": 36}

    def test_a_model_with_one_member_is_rendered(self):
        assert renderer(self.model())(self.ada) == {"name": "Ada"}

    def test_missing_optional_members_are_omitted(self):
        render = renderer(self.model(nick=String(max_length=9), age=Integer()))

        assert render(self.ada) == {"name": "Ada", "age": 36}

    def test_a_required_nullable_member_is_rendered_as_null(self):
        render = renderer(self.model(nick=String(max_length=9, nullable=True, required=True)))

        assert render(self.ada) == {"name": "Ada", "nick": None}

    def test_an_object_without_a_declared_member_is_an_error(self):
        render = renderer(self.model(title=String(max_length=9)))

        with pytest.raises(AttributeError, match="title"):
            render(self.ada)

    def test_nested_models_and_lists_are_rendered(self):
        person = self.model()
        team = Model(
            "Team", {"lead": Nested(person, required=True), "all": List(person, required=True)}
        )

        rendered = renderer(team)(SimpleNamespace(lead=self.ada, all=[self.ada, self.ada]))

        assert rendered == {"lead": {"name": "Ada"}, "all": [{"name": "Ada"}] * 2}

    def test_fields_of_flask_restx_are_rejected(self):
        with pytest.raises(TypeError, match="cannot be rendered"):
            renderer(Model("Foreign", {"name": restx_fields.String()}))


class TestDeclaration:
    def test_two_models_cannot_have_one_name(self):
        Model("Person", {})

        with pytest.raises(ValueError, match="two models are called Person"):
            Model("Person", {})

    def test_the_schema_comes_from_the_declaration(self):
        model = Model(
            "Person", {"name": String(max_length=9)}, description="Who.", example={"name": "A"}
        )

        assert model.__schema__ == {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "name": {
                    "type": "string",
                    "minLength": 0,
                    "maxLength": 9,
                    "pattern": PRINTABLE,
                }
            },
            "description": "Who.",
            "examples": [{"name": "A"}],
        }

    def test_a_nullable_value_has_null_in_its_type(self):
        field = Enum(["a"], nullable=True, description="Which.")

        assert field.schema() == {
            "type": ["string", "null"],
            "enum": ["a", None],
            "description": "Which.",
        }
        assert field.kind == "string"

    def test_a_model_is_not_copied(self):
        model = Model("Person", {})

        assert model.__deepcopy__({}) is model
