"""What a changed operation, parameter, status, code, header or link does to a client."""

import pytest

from api.contract_changes.documents import Document
from tests.contract_changes.contracts import (
    describe_changes,
    find_changes,
    make_contract,
    with_codes,
    with_parameter,
    with_request,
)

TOKEN = {"token": {"type": "http", "scheme": "bearer"}}
KEY = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
CSV = {"text/csv": {"schema": {}}}
JSON = {"application/json": {"schema": {}}}


def response(status="200", **parts):
    return {"responses": {status: parts}}


def header(**parts):
    return response(headers={"ETag": {"schema": {"type": "string"}, **parts}})


def link(target="get_other"):
    return response(links={"other": {"operationId": target}})


def form(media_type="application/x-www-form-urlencoded", **encoding):
    return {"requestBody": {"content": {media_type: {"schema": {}, "encoding": encoding}}}}


def listed(*codes):
    """Return a response whose examples have more codes than it lists."""
    examples = {"a": {"value": {}}, "b": {"value": {}}}
    problem = {"application/problem+json": {"examples": examples}}
    return response("409", content=problem, **{"x-error-codes": list(codes)})


# From the first to the second is breaking, back is compatible.
BREAKING = {
    "a query parameter is removed": (with_parameter(), {}, "parameter-removed", "parameter-added"),
    "a parameter becomes required": (
        with_parameter(),
        with_parameter(required=True),
        "parameter-required",
        "parameter-required",
    ),
    "a status is removed": (response("202"), {"responses": {}}, "status-removed", "status-added"),
    "a code is removed": (with_codes("a", "b"), with_codes("a"), "code-removed", "code-added"),
    "a listed code is removed": (
        response("409", **{"x-error-codes": ["a", "b"]}),
        response("409", **{"x-error-codes": ["b"]}),
        "code-removed",
        "code-added",
    ),
    "a code is removed that still is an example": (
        listed("a", "b"),
        listed("a"),
        "code-removed",
        "code-added",
    ),
    "a media type of a response is removed": (
        response(content=JSON | CSV),
        response(content=JSON),
        "media-type-removed",
        "media-type-added",
    ),
    "a media type of a request is removed": (
        {"requestBody": {"content": JSON | CSV}},
        {"requestBody": {"content": CSV}},
        "media-type-removed",
        "media-type-added",
    ),
    "a header is removed": (header(), response(headers={}), "header-removed", "header-added"),
    "a header can be missing": (
        header(required=True),
        header(),
        "header-required",
        "header-required",
    ),
    "a header gets another type": (
        header(schema={"type": "integer"}),
        header(schema={"type": ["integer", "string"]}),
        "type",
        "type",
    ),
    "a link is removed": (link(), response(links={}), "link-removed", "link-added"),
    "a body is removed": (with_request({}), {}, "body-removed", "body-added"),
    "a body becomes required": (
        with_request({}),
        with_request({}, required=True),
        "body-required",
        None,
    ),
    "a permission is required": ({}, {"x-permission": "users:read"}, "permission", "permission"),
    "the own account is no longer an exception": (
        {"x-permission": "users:read", "x-self": True},
        {"x-permission": "users:read"},
        "permission",
        "permission",
    ),
    "authentication is required": (
        {"security": []},
        {"security": [{"token": []}]},
        "security",
        "security",
    ),
    "anonymous callers are no longer accepted": (
        {"security": [{}, {"token": []}]},
        {"security": [{"token": []}]},
        "security",
        "security",
    ),
    "a credential is no longer accepted": (
        {"security": [{"token": []}, {"key": []}]},
        {"security": [{"token": []}]},
        "security",
        "security",
    ),
}


@pytest.mark.parametrize(("old", "new", "rule", "back"), BREAKING.values(), ids=BREAKING)
def test_what_a_client_uses_may_not_be_taken_away(old, new, rule, back):
    before, after = (make_contract(each, schemes=TOKEN | KEY) for each in (old, new))

    assert find_changes(before, after) == [("breaking", rule)]
    assert find_changes(after, before) == ([("compatible", back)] if back else [])


# Breaking there and back.
CHANGED = {
    "another operationId": ({}, {"operationId": "read_thing"}, "operation-id"),
    "another first tag": ({"tags": ["a"]}, {"tags": ["b"]}, "tag"),
    "another permission": ({"x-permission": "a:read"}, {"x-permission": "b:read"}, "permission"),
    "another target of a link": (link(), link("get_another"), "link-changed"),
    "another server": (
        {"servers": [{"url": "/"}]},
        {"servers": [{"url": "/v2"}]},
        "servers",
    ),
    "another encoding of a form": (
        form(),
        form(token={"style": "deepObject"}),
        "encoding",
    ),
    "another style of a parameter": (
        with_parameter(),
        with_parameter(style="pipeDelimited"),
        "parameter-style",
    ),
}


@pytest.mark.parametrize(("old", "new", "rule"), CHANGED.values(), ids=CHANGED)
def test_what_a_client_names_may_not_be_changed(old, new, rule):
    assert find_changes(old, new) == [("breaking", rule)]
    assert find_changes(new, old) == [("breaking", rule)]


HARMLESS = {
    "another summary": ({"summary": "a"}, {"summary": "b"}),
    "a further tag": ({"tags": ["a"]}, {"tags": ["a", "b"]}),
    "letter case of a header": (
        header(),
        response(headers={"etag": {"schema": {"type": "string"}}}),
    ),
    "the order of codes": (with_codes("a", "b"), with_codes("b", "a")),
    "letter case of a media type": (form(), form("Application/X-WWW-form-urlencoded")),
    "the charset of all texts": (form(), form("application/x-www-form-urlencoded; charset=utf-8")),
    "the default encoding of a form": (form(), form(token={"style": "form", "explode": True})),
    "the default style of a query": (with_parameter(), with_parameter(style="form", explode=True)),
    "the default style of a header": (
        with_parameter(**{"in": "header"}),
        with_parameter(**{"in": "header"}, style="simple", explode=False, allowReserved=False),
    ),
    "the default server": ({}, {"servers": [{"url": "/", "description": "a"}]}),
}


@pytest.mark.parametrize(("old", "new"), HARMLESS.values(), ids=HARMLESS)
def test_texts_and_order_change_nothing(old, new):
    assert find_changes(old, new) == []


def test_a_credential_is_known_by_its_definition_and_not_by_its_name():
    old = make_contract({"security": [{"token": []}]}, schemes=TOKEN)
    renamed = make_contract({"security": [{"bearer": []}]}, schemes={"bearer": TOKEN["token"]})
    replaced = make_contract({"security": [{"token": []}]}, schemes={"token": KEY["key"]})

    assert find_changes(old, renamed) == []
    assert ("breaking", "security") in find_changes(old, replaced)


def test_a_new_parameter_is_breaking_only_if_it_is_required():
    assert find_changes({}, with_parameter(required=True)) == [("breaking", "parameter-added")]
    assert find_changes({}, with_parameter()) == [("compatible", "parameter-added")]


def test_a_new_body_is_breaking_only_if_it_is_required():
    assert find_changes({}, with_request({}, required=True)) == [("breaking", "body-added")]
    assert find_changes({}, with_request({})) == [("compatible", "body-added")]


def make_paths(path, *, method="get", **operation):
    name = path.partition("{")[2].partition("}")[0]
    described = {"operationId": "get_thing", "responses": {}, **operation}
    parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    item = {"parameters": [parameter] if name else [], method: described}
    return make_contract(paths={path: item})


def test_a_path_parameter_has_a_name_in_generated_clients():
    assert describe_changes(make_paths("/things/{id}"), make_paths("/things/{thing_id}")) == [
        (
            "breaking  GET /things/{thing_id}  path parameter id  "
            "renamed to thing_id; generated clients rename it"
        )
    ]


def test_a_removed_operation_is_breaking_and_a_new_one_is_not():
    old, new = make_paths("/things"), make_paths("/things", method="post", operationId="add")

    assert describe_changes(old, new) == [
        "breaking  GET /things  removed",
        "compatible  POST /things  new",
    ]


def test_a_moved_operation_is_reported_with_its_new_path():
    lines = describe_changes(make_paths("/things"), make_paths("/objects"))

    assert lines[0] == "breaking  GET /things  removed; `get_thing` is now GET /objects"


def test_another_server_of_the_document_is_another_server_of_its_operations():
    old = make_contract()
    moved = Document({**old.content, "servers": [{"url": "/v2"}]})

    assert find_changes(old, moved) == [("breaking", "servers")]
    assert find_changes(moved, make_contract({"servers": [{"url": "/v2"}]})) == []
