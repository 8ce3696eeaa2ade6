"""Reading a request body: JSON or, if an operation allows it, a form."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Request

from api.core import json_reader
from api.web.http_errors import BadRequest, UnsupportedMediaType

FORM = "application/x-www-form-urlencoded"
MAX_CREDENTIALS_BYTES = 4096  # of a body that has names and passwords


def read_json(request: Request) -> Any:
    """Return the value of the body.

    Raises:
        UnsupportedMediaType: its media type is not JSON in UTF-8.
        BadRequest: it is not JSON, repeats a member or is nested deeper than 32 levels.
    """
    if not _is_json(request):
        raise UnsupportedMediaType
    try:
        return json_reader.read(request.get_data())
    except ValueError as error:
        raise BadRequest from error


def read_form_or_json(request: Request) -> Any:
    """Return the value of the body; the members of a form are strings.

    Raises:
        UnsupportedMediaType, BadRequest: as ``read_json``; or it is not a form in UTF-8.
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
