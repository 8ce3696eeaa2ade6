"""The operations, as the contract tells of them: what is attacked is read from it, not repeated."""

from collections.abc import Iterator
from typing import Any, NamedTuple

METHODS = {"get", "put", "post", "delete", "patch"}
JSON = "application/json"


class Operation(NamedTuple):
    """One operation, with a body that is fit to be sent."""

    id: str
    method: str
    template: str
    public: bool
    permission: str | None
    body: dict[str, Any] | None

    def path(self, user_id: str = "01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10") -> str:
        return self.template.replace("{user_id}", user_id).replace("{name}", "user")

    @property
    def has_id(self) -> bool:
        return "{user_id}" in self.template


def operations(contract: dict[str, Any]) -> list[Operation]:
    return list(_operations(contract))


def _operations(contract: dict[str, Any]) -> Iterator[Operation]:
    for template, item in contract["paths"].items():
        for method in METHODS & item.keys():
            part = item[method]
            yield Operation(
                part["operationId"],
                method.upper(),
                template,
                public=not part["security"],
                permission=part.get("x-permission"),
                body=_example(contract, part),
            )


def _example(contract: dict[str, Any], part: dict[str, Any]) -> dict[str, Any] | None:
    if "requestBody" not in part:
        return None
    name = part["requestBody"]["content"][JSON]["schema"]["$ref"].rpartition("/")[2]
    example: dict[str, Any] = contract["components"]["schemas"][name]["examples"][0]
    return example
