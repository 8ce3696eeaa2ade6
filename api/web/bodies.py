"""Reading a JSON body strictly (RFC 8259): what two parsers could read differently is refused.

orjson refuses NaN, lone surrogates, bad UTF-8, a byte order mark and deep nesting. It lets a
repeated member pass, so the standard parser looks once more, for that alone.
"""

import json
from typing import Any
from urllib.parse import parse_qsl

import orjson
from flask import Request

from api.web.refusals import BadRequest, UnsupportedMediaType

DEEPEST = 32
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
    text = request.get_data()
    try:
        value = orjson.loads(text)
        _refuse_depth(text, value)
        json.loads(text, object_pairs_hook=_unrepeated)
    except ValueError as error:
        raise BadRequest from error
    return value


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
        _unrepeated(pairs)
    except ValueError as error:
        raise BadRequest from error
    return dict(pairs)


def _is_json(request: Request) -> bool:
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    return request.mimetype == "application/json" and charset == "utf-8"


def _refuse_depth(text: bytes, value: Any) -> None:
    if text.count(b"{") + text.count(b"[") <= DEEPEST:
        return
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError("too deep")
        level = [child for parent in level for child in _children(parent)]


def _children(value: Any) -> list[Any]:
    children = value.values() if isinstance(value, dict) else value
    return [child for child in children if isinstance(child, dict | list)]


def _unrepeated(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member is repeated")
