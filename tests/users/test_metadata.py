"""Metadata of accounts: which values can be stored, who may change them, and filters."""

import orjson
import pytest

from api.core.database import in_transaction
from api.core.errors import InvalidRequest, PermissionDenied
from api.users import metadata, search, service
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

SPECIAL = 'a"b\\c.d[0]é😀 $'  # characters with a meaning in JSON Path or SQL


def update(user, by, **changes):
    return in_transaction(lambda: service.update(user.id, changes, by=by))


def find_usernames(root, **wanted):
    query = {"limit": 100, "sort": "username", "count": True}
    filters = {name: orjson.dumps(members) for name, members in wanted.items()}
    page = search.find(query | filters)
    assert page.total == len(page.items)
    return [person.username for person in page.items]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"theme": "dark", "list": [1, 2.5, True, None, {"deep": [[]]}], "n": {"a": "é😀\n"}},
        {"": "", SPECIAL: SPECIAL},
        {"most": metadata.MAX_NUMBER, "least": -metadata.MAX_NUMBER, "small": 1e-300},
    ],
    ids=["empty", "all kinds", "special characters", "numbers"],
)
def test_metadata_are_returned_as_they_were_stored(user, root, value):
    ada = user("Ada")

    update(ada, root, user_metadata=value, app_metadata=value)

    profile = service.profile_by_id.first(id=ada.id)
    assert (profile.user_metadata, profile.app_metadata) == (value, value)


def test_metadata_are_replaced_as_a_whole(user, root):
    ada = user("Ada")
    update(ada, root, user_metadata={"a": 1, "b": 2})

    assert update(ada, root, user_metadata={"b": 3}).user_metadata == {"b": 3}
    assert update(ada, root, username="lovelace").user_metadata == {"b": 3}


def test_a_change_from_1_to_true_is_a_change(user, root):
    ada = user("Ada", user_metadata={"a": 1})

    changed = update(ada, root, user_metadata={"a": True})

    assert changed.version == ada.version + 1
    assert service.profile_by_id.first(id=ada.id).user_metadata["a"] is True


def test_another_order_of_the_members_is_no_change(user, root):
    ada = user("Ada", user_metadata={"a": 1, "b": 2})

    assert update(ada, root, user_metadata={"b": 2, "a": 1}).version == ada.version


def test_a_user_changes_only_their_own_user_metadata(user):
    ada, grace = user("Ada"), user("Grace")

    assert update(ada, make_principal(ada.id), user_metadata={"a": 1}).user_metadata == {"a": 1}
    with pytest.raises(PermissionDenied):
        update(ada, make_principal(ada.id), app_metadata={})
    with pytest.raises(PermissionDenied):
        update(grace, make_principal(ada.id), user_metadata={})


@pytest.mark.parametrize(
    ("value", "pointer", "rule"),
    [
        ({"a": "x" * metadata.MAX_METADATA_BYTES}, "", "max_bytes"),
        ({"a": "x" * (metadata.MAX_METADATA_BYTES - len('{"a":""}') + 1)}, "", "max_bytes"),
        ({"a": ["ok", "no\0t"]}, "/a/1", "text"),
        ({"a": {"no\0t": 1}}, "/a", "text"),
        ({"a": "\ud800"}, "/a", "text"),
        ({"\udfff": 1}, "", "text"),
        ({"a/b~": metadata.MAX_NUMBER + 1}, "/a~1b~0", "number"),
        ({"a": [-1e308]}, "/a/0", "number"),
        ({"a": float("inf")}, "/a", "number"),
        ({"a": [-0.0]}, "/a/0", "number"),
        ({"a": float("nan")}, "/a", "number"),
    ],
)
@pytest.mark.parametrize("name", metadata.MEMBERS)
def test_metadata_that_cannot_be_stored_are_rejected(user, root, name, value, pointer, rule):
    with pytest.raises(InvalidRequest) as api_error:
        update(user("Ada"), root, **{name: value})

    (validation_error,) = api_error.value.members["errors"]
    assert (validation_error.pointer, validation_error.rule) == (f"/{name}{pointer}", rule)


def test_metadata_of_the_maximum_size_are_stored(user, root):
    largest = {"a": "x" * (metadata.MAX_METADATA_BYTES - len('{"a":""}'))}

    assert update(user("Ada"), root, user_metadata=largest).user_metadata == largest


class TestFilters:
    @pytest.fixture(autouse=True)
    def people(self, user, root):
        values = {
            "Text": "1",
            "Integer": 1,
            "Real": 1.0,
            "Half": 1.5,
            "True": True,
            "False": False,
            "Null": None,
            "List": [1],
            "Nested": {"a": 1},
        }
        for name, value in values.items():
            user(name, user_metadata={"a": value, "b": 2})
        user("Odd", user_metadata={SPECIAL: SPECIAL, "": "empty"}, app_metadata={"a": 1})

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ({"a": "1"}, ["Text"]),
            ({"a": 1}, ["Integer", "Real"]),
            ({"a": 0}, []),
            ({"a": True}, ["True"]),
            ({"a": False}, ["False"]),
            ({"a": None}, ["Null"]),
            ({"c": None}, []),
            ({"a": 1, "b": 2}, ["Integer", "Real"]),
            ({"a": 1, "b": 3}, []),
            ({"a": metadata.MAX_NUMBER}, []),
            ({SPECIAL: SPECIAL}, ["Odd"]),
            ({"": "empty"}, ["Odd"]),
            ({"a": "' OR 1=1 --"}, []),
        ],
    )
    def test_users_with_equal_members_are_found(self, root, wanted, names):
        assert find_usernames(root, user_metadata=wanted) == names

    def test_both_metadata_can_be_filtered(self, root):
        assert find_usernames(root, app_metadata={"a": 1}) == ["Odd"]
        assert find_usernames(root, app_metadata={"a": 1}, user_metadata={"": "empty"}) == ["Odd"]
        assert find_usernames(root, app_metadata={"a": 1}, user_metadata={"a": 1}) == []

    def test_an_empty_filter_finds_all_users(self, root):
        assert len(find_usernames(root, user_metadata={})) == 11

    @pytest.mark.parametrize(
        "text",
        [
            "", "{", "1", "[]", "null", '{"a":1.5}', '{"a":[]}', '{"a":{}}', '{"a":1,"a":1}',
            '{"a":NaN}', '{"a":9007199254740992}', '{"a":18446744073709551615}',
            '{"a":99999999999999999999}', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"\\u0000":1}',
            "[" * 900,
        ],
    )  # fmt: skip
    def test_a_filter_that_is_not_valid_is_rejected(self, root, text):
        query = {"limit": 9, "sort": "username", "count": False, "user_metadata": text}

        with pytest.raises(InvalidRequest) as api_error:
            search.find(query)

        (validation_error,) = api_error.value.members["errors"]
        assert (validation_error.pointer, validation_error.rule) == ("user_metadata", "members")
