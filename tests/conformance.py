"""Every response that a test or a feature receives is compared with the contract (C-19)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from flask.testing import FlaskClient

from api.fuzz.conformance import Conformance

PROTOCOL_ERRORS = {414, 417, 421, 431}  # answered before the operation is looked for
CONTRACT = Path(__file__).parents[1] / "openapi" / "openapi.json"


@cache
def load_contract() -> Conformance:
    return Conformance(orjson.loads(CONTRACT.read_bytes()))


def require_conformance(
    method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    """Fail if the response is not as the contract documents it; other paths are not compared."""
    if status in PROTOCOL_ERRORS:
        return
    found = load_contract().check(method, path, status, headers, body)
    assert not found, "\n".join(found)


class ContractClient(FlaskClient):
    """Flask's test client, which compares each response with the contract."""

    def open(self, *args: Any, **options: Any) -> Any:
        response = super().open(*args, **options)
        require_conformance(
            response.request.method,
            response.request.path,
            response.status_code,
            response.headers,
            response.data,
        )
        return response
