"""What the contract says of a deprecated operation."""

from api.contract.headers import refer_to_headers
from api.contract.nodes import Node
from api.web.deprecation import Deprecation
from api.web.restx import Namespace


def describe_deprecation(described: Node, deprecation: Deprecation) -> Node:
    """Return the description of an operation with its deprecation, in words, dates and headers.

    Raises:
        ValueError: the operation to use instead does not exist.
    """
    if deprecation.successor and deprecation.successor not in Namespace.operations:
        raise ValueError(f"there is no operation {deprecation.successor} to use instead")
    headers = refer_to_headers(dict(deprecation.headers))
    dates = {"x-deprecated-since": f"{deprecation.since}"}
    if deprecation.sunset is not None:
        dates["x-sunset"] = f"{deprecation.sunset}"
    return {
        **described,
        "description": f"{deprecation.description}\n\n{described['description']}",
        "deprecated": True,
        **dates,
        "responses": {
            status: {**response, "headers": {**headers, **response.get("headers", {})}}
            for status, response in described["responses"].items()
        },
    }
