"""Reading a body: JSON, or else a form or rows of text if the operation declares that."""

from collections.abc import Collection, Container
from typing import Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from api.core import json_reader
from api.core.json_reader import JsonError
from api.web.http_errors import BadRequest, PayloadTooLarge, UnsupportedMediaType

JSON = "application/json"
UTF_8 = {"utf-8", "utf8"}  # the second is common, though it is not registered
FORM = "application/x-www-form-urlencoded"
MAX_CREDENTIALS_BYTES = 4096  # of a body that has names and passwords


def read_json(request: Request) -> Any:
    """Return the value of the body.

    Raises:
        UnsupportedMediaType: its media type is not JSON in UTF-8.
        BadRequest: it is not JSON, repeats a member or is nested deeper than 32 levels.
        PayloadTooLarge: it is larger than the request's ``max_content_length``.
    """
    try:
        return json_reader.read(read_text(request, [JSON]))
    except JsonError as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from error


def read_form(request: Request, repeatable: Collection[str] = ()) -> dict[str, Any]:
    """Return the members of a form; those that are repeatable as lists.

    Raises:
        UnsupportedMediaType: its media type is not that of a form.
        BadRequest: it is not a form in UTF-8, or repeats a member.
        PayloadTooLarge: it is larger than the request's ``max_content_length``.
    """
    try:
        text = read_text(request, [FORM]).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
        single = [(name, value) for name, value in pairs if name not in repeatable]
        json_reader.reject_repeated_names(single)
    except JsonError as error:
        raise BadRequest(f"The body is not a valid form: {error}.") from error
    except ValueError as error:
        raise BadRequest("The body is not a valid form in UTF-8.") from error
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in repeatable:
            lists.setdefault(name, []).append(value)
    return {**dict(single), **lists}


def read_text(request: Request, media_types: Container[str]) -> bytes:
    """Return the body as it was sent.

    Raises:
        UnsupportedMediaType: it has another media type, or is not in UTF-8.
        BadRequest: it ends before its Content-Length.
        PayloadTooLarge: it is larger than the request's ``max_content_length``.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if request.mimetype not in media_types or charset not in UTF_8:
        raise UnsupportedMediaType
    return _read_bytes(request)


def _read_bytes(request: Request) -> bytes:
    """Read the whole body, also one without a Content-Length.

    Werkzeug cuts a body of unknown length off at ``max_content_length`` without an error, so one
    byte more is allowed and then rejected.
    """
    max_bytes = request.max_content_length
    if max_bytes is not None:
        request.max_content_length = max_bytes + 1
    try:
        content = request.get_data()
    except RequestEntityTooLarge as error:
        raise PayloadTooLarge(max_bytes) from error
    except ClientDisconnected as error:
        raise BadRequest("The body ends before its Content-Length.") from error
    if max_bytes is not None and len(content) > max_bytes:
        raise PayloadTooLarge(max_bytes)
    return content
