"""Minimal contracts, and what a comparison of two of them finds."""

from datetime import date

from api.contract_changes.comparison import compare_documents
from api.contract_changes.documents import Document

TODAY = date(2026, 11, 29)
STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def make_contract(operation=None, *, schemas=None, version="1.0.0", schemes=None, paths=None):
    """Return a contract with one operation, or with these paths."""
    described = {"operationId": "get_thing", "responses": {}, **(operation or {})}
    return Document(
        {
            "openapi": "3.1.0",
            "info": {"title": "Things", "version": version},
            "paths": {"/things": {"get": described}} if paths is None else paths,
            "components": {"schemas": schemas or {}, "securitySchemes": schemes or {}},
        }
    )


def with_request(schema, **body):
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"content": content, **body}}


def with_response(schema, **response):
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"content": content, **response}}}


def member(schema, *, required=False, **keywords):
    return {
        "type": "object",
        "properties": {"a": schema},
        "required": ["a"] if required else [],
        **keywords,
    }


def with_parameter(schema=None, **parameter):
    described = {"name": "limit", "in": "query", "schema": schema or {}, **parameter}
    return {"parameters": [described]}


def with_codes(*codes):
    examples = {code: {"value": {"error": code}} for code in codes}
    problem = {"application/problem+json": {"schema": {}, "examples": examples}}
    return {"responses": {"409": {"content": problem}}}


def find_changes(old, new, *, today=TODAY):
    """Return severity and rule of each change."""
    before, after = (
        each if isinstance(each, Document) else make_contract(each) for each in (old, new)
    )
    return [
        (change.severity, change.rule) for change in compare_documents(before, after, today=today)
    ]


def describe_changes(old, new, *, today=TODAY):
    """Return the lines that a comparison prints."""
    before, after = (
        each if isinstance(each, Document) else make_contract(each) for each in (old, new)
    )
    return [str(change) for change in compare_documents(before, after, today=today)]
