"""Documents that are kept with an account: what can be kept, who may, and finding people by it."""

import orjson
import pytest

from api.core.database import in_transaction
from api.core.errors import InvalidRequest, PermissionDenied
from api.core.permissions import Permission
from api.users import metadata, search, service
from tests.support import make_principal

pytestmark = pytest.mark.usefixtures("context")

ODD = 'a"b\\c.d[0]é😀 $'  # a name that means something to one or other language of paths


@pytest.fixture
def root(user):
    return make_principal(user("Root", role="admin").id, frozenset(Permission))


def update(user, by, **changes):
    return in_transaction(lambda: service.update(user.id, changes, by=by))


def found(root, **wanted):
    query = {"limit": 100, "sort": "username", "count": True}
    page = search.find(query | {name: orjson.dumps(each) for name, each in wanted.items()})
    assert page.total == len(page.items)
    return [person.username for person in page.items]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"theme": "dark", "list": [1, 2.5, True, None, {"deep": [[]]}], "n": {"a": "é😀\n"}},
        {"": "", ODD: ODD},
        {"most": metadata.MAX_NUMBER, "least": -metadata.MAX_NUMBER, "small": 1e-300},
    ],
    ids=["empty", "all kinds", "odd names", "numbers"],
)
def test_a_document_comes_back_as_it_was_given(user, root, document):
    ada = user("Ada")

    update(ada, root, user_metadata=document, app_metadata=document)

    profile = service.profile_by_id.first(id=ada.id)
    assert (profile.user_metadata, profile.app_metadata) == (document, document)


def test_a_document_is_replaced_whole(user, root):
    ada = user("Ada")
    update(ada, root, user_metadata={"a": 1, "b": 2})

    assert update(ada, root, user_metadata={"b": 3}).user_metadata == {"b": 3}
    assert update(ada, root, username="lovelace").user_metadata == {"b": 3}


def test_what_python_takes_for_the_same_is_told_apart(user, root):
    ada = user("Ada", user_metadata={"a": 1})

    changed = update(ada, root, user_metadata={"a": True})

    assert changed.version == ada.version + 1
    assert service.profile_by_id.first(id=ada.id).user_metadata["a"] is True


def test_another_order_is_no_change(user, root):
    ada = user("Ada", user_metadata={"a": 1, "b": 2})

    assert update(ada, root, user_metadata={"b": 2, "a": 1}).version == ada.version


def test_people_keep_their_own_and_not_that_of_applications(user):
    ada, grace = user("Ada"), user("Grace")

    assert update(ada, make_principal(ada.id), user_metadata={"a": 1}).user_metadata == {"a": 1}
    with pytest.raises(PermissionDenied):
        update(ada, make_principal(ada.id), app_metadata={})
    with pytest.raises(PermissionDenied):
        update(grace, make_principal(ada.id), user_metadata={})


@pytest.mark.parametrize(
    ("document", "pointer", "rule"),
    [
        ({"a": "x" * metadata.MAX_METADATA_BYTES}, "", "maxBytes"),
        ({"a": "x" * (metadata.MAX_METADATA_BYTES - len('{"a":""}') + 1)}, "", "maxBytes"),
        ({"a": ["ok", "no\0t"]}, "/a/1", "text"),
        ({"a": {"no\0t": 1}}, "/a", "text"),
        ({"a": "\ud800"}, "/a", "text"),
        ({"\udfff": 1}, "", "text"),
        ({"a/b~": metadata.MAX_NUMBER + 1}, "/a~1b~0", "number"),
        ({"a": [-1e308]}, "/a/0", "number"),
        ({"a": float("inf")}, "/a", "number"),
        ({"a": float("nan")}, "/a", "number"),
    ],
)
@pytest.mark.parametrize("name", metadata.MEMBERS)
def test_what_cannot_be_kept_is_refused(user, root, name, document, pointer, rule):
    with pytest.raises(InvalidRequest) as api_error:
        update(user("Ada"), root, **{name: document})

    (validation_error,) = api_error.value.members["errors"]
    assert (validation_error.pointer, validation_error.rule) == (f"/{name}{pointer}", rule)


def test_as_much_as_fits_can_be_kept(user, root):
    longest = {"a": "x" * (metadata.MAX_METADATA_BYTES - len('{"a":""}'))}

    assert update(user("Ada"), root, user_metadata=longest).user_metadata == longest


class TestFinding:
    @pytest.fixture(autouse=True)
    def people(self, user, root):
        documents = {
            "Text": "1",
            "Whole": 1,
            "Real": 1.0,
            "Half": 1.5,
            "True": True,
            "False": False,
            "Null": None,
            "List": [1],
            "Nested": {"a": 1},
        }
        for name, value in documents.items():
            user(name, user_metadata={"a": value, "b": 2})
        user("Odd", user_metadata={ODD: ODD, "": "empty"}, app_metadata={"a": 1})

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ({"a": "1"}, ["Text"]),
            ({"a": 1}, ["Real", "Whole"]),
            ({"a": 0}, []),
            ({"a": True}, ["True"]),
            ({"a": False}, ["False"]),
            ({"a": None}, ["Null"]),
            ({"c": None}, []),
            ({"a": 1, "b": 2}, ["Real", "Whole"]),
            ({"a": 1, "b": 3}, []),
            ({"a": metadata.MAX_NUMBER}, []),
            ({ODD: ODD}, ["Odd"]),
            ({"": "empty"}, ["Odd"]),
            ({"a": "' OR 1=1 --"}, []),
        ],
    )
    def test_goes_by_members_that_are_equal(self, root, wanted, names):
        assert found(root, user_metadata=wanted) == names

    def test_asks_either_document_and_both(self, root):
        assert found(root, app_metadata={"a": 1}) == ["Odd"]
        assert found(root, app_metadata={"a": 1}, user_metadata={"": "empty"}) == ["Odd"]
        assert found(root, app_metadata={"a": 1}, user_metadata={"a": 1}) == []

    def test_by_nothing_finds_everybody(self, root):
        assert len(found(root, user_metadata={})) == 11

    @pytest.mark.parametrize(
        "text",
        [
            "", "{", "1", "[]", "null", '{"a":1.5}', '{"a":[]}', '{"a":{}}', '{"a":1,"a":1}',
            '{"a":NaN}', '{"a":9007199254740992}', '{"a":18446744073709551615}',
            '{"a":99999999999999999999}', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"\\u0000":1}',
            "[" * 900,
        ],
    )  # fmt: skip
    def test_by_anything_else_is_refused(self, root, text):
        query = {"limit": 9, "sort": "username", "count": False, "user_metadata": text}

        with pytest.raises(InvalidRequest) as api_error:
            search.find(query)

        (validation_error,) = api_error.value.members["errors"]
        assert (validation_error.pointer, validation_error.rule) == ("user_metadata", "members")
