"""Reading documents, and comparing real ones."""

import copy
from functools import cache

import pytest

from api.contract_changes.changes import Severity, merge_changes
from api.contract_changes.comparison import compare_documents
from api.contract_changes.documents import Document, InvalidDocument, parse_document, read_document
from api.contract_changes.releases import list_releases
from tests.contract_changes.contracts import TODAY, find_changes, make_contract, with_response
from tests.service import ROOT

CONTRACT = ROOT / "openapi/openapi.json"
RELEASES = list_releases(ROOT / "openapi/released")


@pytest.mark.parametrize("file", [CONTRACT, *RELEASES], ids=lambda file: file.name)
def test_a_real_contract_differs_in_nothing_from_itself(file):
    document = read_document(file)

    assert list(compare_documents(document, read_document(file), today=TODAY)) == []


TAKEN_AWAY = {
    "status-removed": lambda operation: operation["responses"].pop(min(operation["responses"])),
    "operation-id": lambda operation: operation.update(operationId="other"),
    "permission": lambda operation: operation.update({"x-permission": "other:write"}),
    "body-required": lambda operation: operation.get("requestBody", {}).pop("required", None),
}


@cache
def find_changes_of_every_operation(*, backwards):
    """Compare the contract with one in which all is taken away from each operation."""
    document = read_document(CONTRACT)
    changed = copy.deepcopy(document.content)
    for _, _, _, operation in Document(changed).list_operations():
        for take_away in TAKEN_AWAY.values():
            take_away(operation)
    pair = (Document(changed), document) if backwards else (document, Document(changed))
    return list(compare_documents(*pair, today=TODAY))


@pytest.mark.parametrize("rule", TAKEN_AWAY)
def test_the_change_of_each_operation_of_the_real_contract_is_found(rule):
    backwards = rule == "body-required"  # removing the requirement breaks nobody
    changes = find_changes_of_every_operation(backwards=backwards)
    found = [change for change in changes if change.rule == rule]
    concerned = [
        f"{method.upper()} {path}"
        for path, method, _, operation in read_document(CONTRACT).list_operations()
        if not backwards or operation.get("requestBody", {}).get("required")
    ]

    assert concerned
    assert [change.place.operation for change in found] == concerned
    assert {change.severity for change in found} == {Severity.BREAKING}


def test_a_change_of_a_schema_is_one_change_in_many_places():
    document = read_document(CONTRACT)
    changed = copy.deepcopy(document.content)
    del changed["components"]["schemas"]["User"]["properties"]["email"]
    merged = merge_changes(compare_documents(document, Document(changed), today=TODAY))

    assert [(each.change.rule, each.change.place.schema) for each in merged] == [
        ("member-removed", "User")
    ]
    assert len(merged[0].operations) > 3
    assert "schema User" in str(merged[0])


INVALID = {
    b"[": "is not JSON",
    b"[]": "is not an OpenAPI 3 document",
    b'{"swagger": "2.0"}': "is not an OpenAPI 3 document",
    b'{"openapi": "3.1.0", "paths": {}}': "info.version",
    b'{"openapi": "3.1.0", "info": {"version": "1.0.0"}}': "paths",
}


@pytest.mark.parametrize("text", INVALID)
def test_a_file_that_is_no_contract_is_rejected_with_the_reason(text, tmp_path):
    file = tmp_path / "contract.json"
    file.write_bytes(text)

    with pytest.raises(InvalidDocument, match=INVALID[text]) as raised:
        read_document(file)
    assert str(file) in str(raised.value)


def test_a_contract_may_contain_other_scripts():
    document = parse_document(b'{"openapi":"3.1.0","info":{"version":"\xc3\xa9"},"paths":{}}')

    assert document.version == "\N{LATIN SMALL LETTER E WITH ACUTE}"


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("#/components/schemas/Missing", "no target"),
        ("#/info/version", "not an object"),
        ("#/components/schemas/Loop", "leads to itself"),
    ],
)
def test_a_reference_that_leads_nowhere_is_reported(reference, reason):
    loop = {"Loop": {"$ref": "#/components/schemas/Loop"}}
    document = make_contract(with_response({"$ref": reference}), schemas=loop)

    with pytest.raises(InvalidDocument, match=reason):
        find_changes(document, document)
