"""What the contract says of a deprecated operation."""

from api.contract.headers import Header, refer_to_headers
from api.contract.nodes import Node
from api.web.deprecation import Deprecation
from api.web.restx import Namespace

LINK = Header(
    "A page about the deprecation, with the relation types `deprecation` (RFC 9745) and, if the "
    "operation has a sunset, `sunset` (RFC 8594). A list also has the next page here (`next`).",
    '<https://rollbook.example/docs/old>; rel="deprecation"',
    {"maxLength": 8192},
)


def describe_deprecation(described: Node, deprecation: Deprecation) -> Node:
    """Return the description of an operation with its deprecation, in words, dates and headers.

    Raises:
        ValueError: the operation to use instead does not exist.
    """
    if deprecation.successor and deprecation.successor not in Namespace.operations:
        raise ValueError(f"there is no operation {deprecation.successor} to use instead")
    headers = _describe_headers(deprecation)
    dates = {"x-deprecated-since": f"{deprecation.since}"}
    if deprecation.sunset is not None:
        dates["x-sunset"] = f"{deprecation.sunset}"
    return {
        **described,
        "description": f"{deprecation.description}\n\n{described['description']}",
        "deprecated": True,
        **dates,
        "responses": {
            status: {**response, "headers": {**response.get("headers", {}), **headers}}
            for status, response in described["responses"].items()
        },
    }


def _describe_headers(deprecation: Deprecation) -> Node:
    """Describe the headers; `Link` is another one than that of a list, and always sent."""
    names = dict(deprecation.headers)
    link = {"Link": LINK.describe()} if names.pop("Link", None) else {}
    return refer_to_headers(names) | link
