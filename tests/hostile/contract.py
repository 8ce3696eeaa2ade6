"""The operations of the contract, from which tests build their requests."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

UNKNOWN = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10"
ID = re.compile(r"\{(\w+)\}")
METHODS = {"get", "put", "post", "delete", "patch"}
JSON = "application/json"


class Operation(NamedTuple):
    """One operation, with an example of its body."""

    id: str
    method: str
    template: str
    public: bool
    accepts_programs: bool
    permission: str | None
    own: bool
    statuses: tuple[int, ...]
    body: dict[str, Any] | None

    def path(self, user_id: str = UNKNOWN, **others: str) -> str:
        """Return the path with these ids; the others become ids that do not exist."""
        ids = {"name": "user", **others, "user_id": user_id}
        return ID.sub(lambda found: ids.get(found[1], UNKNOWN), self.template)

    @property
    def ids(self) -> list[str]:
        """The names of the ids in its path."""
        return ID.findall(self.template)


def operations(contract: dict[str, Any]) -> list[Operation]:
    return list(_operations(contract))


def _operations(contract: dict[str, Any]) -> Iterator[Operation]:
    for template, item in contract["paths"].items():
        for method in sorted(METHODS & item.keys()):
            part = item[method]
            yield Operation(
                part["operationId"],
                method.upper(),
                template,
                public=not part["security"] or {} in part["security"],
                accepts_programs={"api_key": []} in part["security"],
                permission=part.get("x-permission"),
                own=part.get("x-self", False),
                statuses=tuple(
                    map(int, part["responses"].keys() - {"500"})
                ),  # a crash is a failure
                body=_example(contract, part),
            )


def _example(contract: dict[str, Any], part: dict[str, Any]) -> dict[str, Any] | None:
    """Return the example of the body, if that is one object."""
    schema = part.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    if "$ref" not in schema:
        return None
    name = schema["$ref"].rpartition("/")[2]
    example: dict[str, Any] = contract["components"]["schemas"][name]["examples"][0]
    return example
