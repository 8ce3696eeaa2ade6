"""Links: which request a client can send next, with values of the last request and response."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Link:
    """The part of the next request that is known; each value is a runtime expression or a constant.

    The expressions are those of OpenAPI 3.1, such as ``$response.body#/id``.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)


Links = Mapping[str, Link]


def link_all(*operations: str, **parameters: str) -> dict[str, Link]:
    """Return links with these parameters to each of the operations."""
    return dict.fromkeys(operations, Link(parameters))
