"""Reading a body: JSON or, where an operation says so, a form."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Request

from api.core import json_reader
from api.web.http_errors import BadRequest, UnsupportedMediaType

FORM = "application/x-www-form-urlencoded"
CREDENTIALS = 4096  # bytes that names and passwords fill at most, so that no more is read of them


def read_json(request: Request) -> Any:
    """Return the body's value.

    Raises:
        UnsupportedMediaType: it is not declared as JSON in UTF-8.
        BadRequest: it is not JSON, repeats a member or is nested deeper than 32 levels.
    """
    if not _is_json(request):
        raise UnsupportedMediaType
    try:
        return json_reader.read(request.get_data())
    except ValueError as error:
        raise BadRequest from error


def read_form_or_json(request: Request) -> Any:
    """Return the body's value, of a form the members with their text.

    Raises:
        UnsupportedMediaType, BadRequest: as ``read_json``; or it is no form in UTF-8.
    """
    if request.mimetype != FORM:
        return read_json(request)
    try:
        text = request.get_data(cache=False).decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")
        json_reader.reject_repeated_names(pairs)
    except ValueError as error:
        raise BadRequest from error
    return dict(pairs)


def _is_json(request: Request) -> bool:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    return request.mimetype == "application/json" and charset == "utf-8"
