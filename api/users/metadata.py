"""The metadata of accounts: which values can be stored, and finding accounts by them."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import JSON, ColumnElement, and_, bindparam, exists, func, or_, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from api.core import json_reader
from api.core.errors import InvalidRequest, ValidationError
from api.core.json_pointer import make_pointer
from api.core.validation_rules import ValidationRule

MEMBERS = ("user_metadata", "app_metadata")
MAX_METADATA_BYTES = 16 * 1024  # as compact JSON
MAX_NUMBER = 2**53 - 1  # JSON parsers disagree on larger ones (RFC 7493, 2.2)
MAX_REPORTED_NAME_LENGTH = 64
Scalar = str | int | bool | None


def check(account: Mapping[str, Any]) -> None:
    """Check that every database and every client can store and read the metadata unchanged.

    Raises:
        InvalidRequest: it names the place and the rule, never the value.
    """
    for name in MEMBERS:
        if name in account:
            _check_metadata(name, account[name])


def to_comparable(value: Any) -> Any:
    """Return a value that is equal exactly if the metadata are equal.

    For Python 1 and True are equal. Values other than metadata are returned as they are.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS) if isinstance(value, dict) else value


def contains(column: Any, dialect: str) -> ColumnElement[bool]:
    """Return the condition that the metadata have all members of a JSON object.

    The object is the parameter that has the name of the column.
    """
    if dialect == "postgresql":
        return type_coerce(column, JSONB).contains(bindparam(column.key, type_=JSONB))
    wanted = func.json_each(bindparam(column.key, type_=JSON)).table_valued(
        "key", "type", "atom", name="wanted"
    )
    member = func.json_each(column).table_valued("key", "type", "atom", name="member")
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


def _check_metadata(name: str, metadata: Any) -> None:
    for error in _find_errors(metadata, (name,)):
        raise InvalidRequest([error])
    if len(orjson.dumps(metadata)) > MAX_METADATA_BYTES:
        message = f"must have {MAX_METADATA_BYTES} bytes or fewer as compact JSON"
        raise InvalidRequest(
            [ValidationError(make_pointer(name), ValidationRule.MAX_BYTES, message)]
        )


def _find_errors(metadata: Any, path: tuple[str | int, ...] = ()) -> Iterator[ValidationError]:
    """Yield an error for each value that cannot be stored; ``path`` leads to the metadata."""
    pending = [(path, metadata)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            if not all(map(_is_storable, value)):
                message = "has a member name with characters that cannot be stored"
                yield ValidationError(make_pointer(*path), ValidationRule.TEXT, message)
            pending += [
                ((*path, name[:MAX_REPORTED_NAME_LENGTH]), inner) for name, inner in value.items()
            ]
        elif isinstance(value, list):
            pending += [((*path, index), inner) for index, inner in enumerate(value)]
        elif isinstance(value, str) and not _is_storable(value):
            message = "has characters that cannot be stored"
            yield ValidationError(make_pointer(*path), ValidationRule.TEXT, message)
        elif isinstance(value, float) and str(value) == "-0.0":  # PostgreSQL would store 0.0
            yield ValidationError(make_pointer(*path), ValidationRule.NUMBER, "must not be -0.0")
        elif isinstance(value, int | float) and not -MAX_NUMBER <= value <= MAX_NUMBER:
            message = f"must be between -{MAX_NUMBER} and {MAX_NUMBER}"
            yield ValidationError(make_pointer(*path), ValidationRule.NUMBER, message)


def _is_storable(text: str) -> bool:
    """Return whether both databases can store a text: it has no NUL and no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def parse_filter(name: str, text: str) -> dict[str, Scalar]:
    """Return the members to search for.

    Raises:
        InvalidRequest: the text is not a JSON object of such members.
    """
    try:
        wanted = json_reader.read(text)
    except ValueError:
        wanted = None
    if isinstance(wanted, dict) and _is_flat(wanted):
        return wanted
    message = "must be a JSON object of strings, integers, booleans and nulls"
    raise InvalidRequest([ValidationError(name, ValidationRule.MEMBERS, message)])


def _is_flat(members: dict[str, Any]) -> bool:
    return not any(_find_errors(members)) and all(
        isinstance(value, Scalar) for value in members.values()
    )
