"""The columns and arrays of the files that an import reads."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.core import json_reader

IGNORED = re.compile(r"[\s_-]")  # in the names of columns
SEPARATORS = re.compile(r"[\s,;|]+")
BOOLEANS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


Columns = Mapping[str, Callable[[str], Any]]


@dataclass(frozen=True)
class Layout:
    """What a file may contain.

    ``columns`` maps the columns of CSV to the functions that convert a cell; an empty cell means
    that the member is missing. If ``is_open`` is true, a file may have other columns. ``header``
    has the columns of CSV that has no header. ``arrays`` has the names of the array that holds the
    users, in lower case, if the file is one JSON object.
    """

    columns: Columns
    required: tuple[str, ...] = ()
    is_open: bool = False
    header: tuple[str, ...] | None = None
    arrays: tuple[str, ...] = ("users",)
    keys: Mapping[str, str] = field(init=False)  # the column by its name as a header may write it

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", {fold_name(name): name for name in self.columns})

    def find_column(self, name: str) -> str | None:
        """Return the column with this name, in any letter case, with blanks, `-` or without."""
        return self.keys.get(fold_name(name))


def fold_name(name: str) -> str:
    return IGNORED.sub("", name.casefold())


def read_list(cell: str) -> list[str]:
    """Return the items of a cell: words, a JSON array, or an array as PostgreSQL writes it."""
    if cell.startswith("["):
        items = json_reader.read(cell)
        return items if isinstance(items, list) else [cell]
    return [item.strip('"') for item in SEPARATORS.split(cell.strip("{}")) if item]


def read_boolean(cell: str) -> bool:
    """Return the value of a cell.

    Raises:
        ValueError: it is neither true nor false.
    """
    try:
        return BOOLEANS[cell.casefold()]
    except KeyError:
        raise ValueError("neither true nor false") from None


# The columns of an import are the members of an account.
COLUMNS: Columns = {
    "id": str,
    "username": str,
    "email": str,
    "email_verified": read_boolean,
    "display_name": str,
    "locale": str,
    "roles": read_list,
    "status": str,
    "status_reason": str,
    "user_metadata": json_reader.read,
    "app_metadata": json_reader.read,
    "external_source": str,
    "external_id": str,
    "has_password": read_boolean,
    "must_change_password": read_boolean,
    "password_hash": str,
    "created_at": str,
    "updated_at": str,
    "deleted_at": str,
}
ACCOUNTS = Layout(COLUMNS, required=("email",))
