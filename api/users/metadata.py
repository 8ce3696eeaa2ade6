"""Documents that are kept with an account: what can be kept, and finding accounts by it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import JSON, ColumnElement, and_, bindparam, exists, func, or_, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from api.core.errors import InvalidRequest, ValidationError

DOCUMENTS = ("user_metadata", "app_metadata")
LONGEST = 16 * 1024  # bytes, as compact JSON
GREATEST = 2**53 - 1  # beyond it JSON's readers disagree on what a number is (RFC 7493, 2.2)
MAX_REPORTED_NAME_LENGTH = 64
Scalar = str | int | bool | None


def check(account: Mapping[str, Any]) -> None:
    """Refuse documents that not every database and reader keeps as they are.

    Raises:
        Invalid: naming the place and the rule, never the value.
    """
    for name in DOCUMENTS:
        if name in account:
            _check(f"/{name}", account[name])


def to_comparable(value: Any) -> Any:
    """Return what two documents are compared by; other values are compared as they are."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS) if isinstance(value, dict) else value


def contains(document: Any, dialect: str) -> ColumnElement[bool]:
    """Return the condition that a document has all members of a JSON object.

    The object is the parameter that has the name of the column.
    """
    if dialect == "postgresql":
        return type_coerce(document, JSONB).contains(bindparam(document.key, type_=JSONB))
    wanted = func.json_each(bindparam(document.key, type_=JSON)).table_valued(
        "key", "type", "atom", name="wanted"
    )
    member = func.json_each(document).table_valued("key", "type", "atom", name="member")
    # As in PostgreSQL, 1 equals 1.0, and neither `true` nor "1".
    has_equal_value = and_(
        member.c.atom.is_not_distinct_from(wanted.c.atom),
        or_(member.c.type == wanted.c.type, and_(_is_number(member), _is_number(wanted))),
    )
    is_present = (
        exists().where(member.c.key == wanted.c.key, has_equal_value).correlate_except(member)
    )
    return ~exists().select_from(wanted).where(~is_present)


def _is_number(values: Any) -> ColumnElement[bool]:
    return or_(values.c.type == "integer", values.c.type == "real")


def parse_filter(name: str, text: str) -> dict[str, Scalar]:
    """Return the members that a filter looks for.

    Raises:
        InvalidRequest: the text is not a JSON object of scalars, or repeats a member.
    """
    try:
        wanted = orjson.loads(text)
        if _is_flat(wanted) and len(wanted) == len(json.loads(text, object_pairs_hook=list)):
            return dict(wanted)
    except ValueError:
        pass
    message = "must be a JSON object of strings, integers, booleans and nulls"
    raise InvalidRequest([ValidationError(name, "members", message)])


def _check(pointer: str, document: Any) -> None:
    for validation_error in _unfit(pointer, document):
        raise InvalidRequest([validation_error])
    if len(orjson.dumps(document)) > LONGEST:
        message = f"must have {LONGEST} bytes or fewer as compact JSON"
        raise InvalidRequest([ValidationError(pointer, "maxBytes", message)])


def _unfit(pointer: str, document: Any) -> Iterator[ValidationError]:
    waiting = [(pointer, document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            if not all(map(_is_text, value)):
                yield ValidationError(
                    place, "text", "has a name with characters that cannot be kept"
                )
            waiting += [(f"{place}/{_step(name)}", inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}/{number}", inner) for number, inner in enumerate(value)]
        elif isinstance(value, str) and not _is_text(value):
            yield ValidationError(place, "text", "has characters that cannot be kept")
        elif isinstance(value, int | float) and not -GREATEST <= value <= GREATEST:
            yield ValidationError(place, "number", f"must be between -{GREATEST} and {GREATEST}")


def _is_text(text: str) -> bool:
    """Tell whether every database has a place for all of it: no NUL, no half of a character."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _step(name: str) -> str:
    return name[:MAX_REPORTED_NAME_LENGTH].replace("~", "~0").replace("/", "~1")


def _is_flat(wanted: Any) -> bool:
    if not isinstance(wanted, dict) or any(_unfit("", wanted)):
        return False
    return all(isinstance(each, Scalar) for each in wanted.values())
