"""Whether a response is as the contract documents it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import jsonschema_rs
import orjson

from api.contract.closed import close_responses
from api.fuzz.contract import Node, Operation, list_operations, resolve

JSON, PROBLEM, NDJSON = "application/json", "application/problem+json", "application/x-ndjson"
FORMATS = {"email": lambda text: "@" in text}  # an address may be internationalized (RFC 6531)
WITHOUT_BODY = {204, 304}
NOT_FOUND, NOT_FOUND_CODE = 404, "not_found"  # of a path with parameters that are no ids


class Conformance:
    """Finds in which ways responses differ from a contract, whose responses it closes."""

    def __init__(self, document: Node) -> None:
        self.document = close_responses(document)
        self.validators: dict[bytes, jsonschema_rs.Validator] = {}

    @cached_property
    def operations(self) -> list[Operation]:
        return list(list_operations(self.document).values())

    def find_operation(self, method: str, path: str) -> Operation | None:
        """Return the operation of a request, if it has one; literal paths come first."""
        found = [one for one in self.operations if one.pattern.fullmatch(path)]
        found.sort(key=lambda one: len(one.ids))
        wanted = "GET" if method == "HEAD" else method
        nearest = [one for one in found if one.path == found[0].path and one.method == wanted]
        return nearest[0] if nearest else None

    def is_open(self, operation: Operation) -> bool:
        """Return whether the body of a request may have unknown members."""
        contents = operation.node["requestBody"]["content"].values()
        schemas = [resolve(self.document, media["schema"]) for media in contents]
        return any(schema.get("additionalProperties", True) is not False for schema in schemas)

    def check(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        """Return each difference in one sentence; none for a path that the contract lacks."""
        operation = self.find_operation(method, path)
        if operation is None:
            return []
        response = operation.node["responses"].get(str(status))
        if response is None:
            return [f"{operation.id}: status {status} is not documented"]
        response = resolve(self.document, response)
        headers = {name.lower(): value for name, value in headers.items()}
        found = [*self._check_headers(response, headers)]
        if method == "HEAD" or status in WITHOUT_BODY:
            found += ["the response has a body"] if body else []
        else:
            found += self._check_body(response, headers.get("content-type", ""), body)
        return [f"{operation.id} {status}: {each}" for each in found]

    def _check_headers(self, response: Node, headers: Mapping[str, str]) -> Iterator[str]:
        for name, declared in response.get("headers", {}).items():
            node = resolve(self.document, declared)
            value = headers.get(name.lower())
            if value is None:
                if node.get("required"):
                    yield f"the header {name} is missing"
            elif not self._is_valid_text(node.get("schema", {}), value):
                yield f"the header {name} has the value {value!r}"

    def _is_valid_text(self, schema: Node, value: str) -> bool:
        kind = resolve(self.document, schema).get("type")
        if kind == "integer":
            return value.isdigit() and self._validator(schema).is_valid(int(value))
        if kind == "boolean":
            return value in {"true", "false"}
        return self._validator(schema).is_valid(value)

    def _check_body(self, response: Node, content_type: str, body: bytes) -> Iterator[str]:
        media_type = content_type.partition(";")[0].strip()
        documented = response.get("content", {})
        if not documented:
            if body:
                yield "the response has a body"
            return
        if media_type not in documented:
            yield f"the media type is {media_type or 'missing'}"
            return
        content = documented[media_type]
        schema = resolve(self.document, content.get("schema", {}))
        if media_type.endswith("json") and media_type != NDJSON:
            yield from self._check_json(schema, body)
            yield from _check_code(response, body) if media_type == PROBLEM else ()
        elif media_type == NDJSON and "contentSchema" in schema:
            for line in body.splitlines():
                yield from self._check_json(schema["contentSchema"]["items"], line)

    def _check_json(self, schema: Node, body: bytes) -> Iterable[str]:
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return ["the body is not JSON"]
        validator = self._validator(schema)
        if validator.is_valid(value):
            return []
        return [
            f"/{'/'.join(map(str, error.instance_path))} {error.message}"
            for error in validator.iter_errors(value)
        ]

    def _validator(self, schema: Node) -> jsonschema_rs.Validator:
        """Return the validator of a schema, compiled at its first use."""
        key = orjson.dumps(schema)
        if key not in self.validators:
            whole = {**schema, "components": self.document["components"]}
            self.validators[key] = jsonschema_rs.Draft202012Validator(
                whole, validate_formats=True, formats=FORMATS
            )
        return self.validators[key]


def _check_code(response: Node, body: bytes) -> Iterator[str]:
    """Compare the code with those that the operation documents for this status."""
    documented = response.get("x-error-codes", ())
    problem = orjson.loads(body)
    code = problem.get("error") if isinstance(problem, dict) else None
    is_path_unknown = code == NOT_FOUND_CODE and problem.get("status") == NOT_FOUND
    if documented and code not in documented and not is_path_unknown:
        yield f"the code {code} is not documented"
