"""Turning the record of another system into a row of an import.

Each module of this package has one function that does so for one system. It takes the members that
a row can hold, keeps others as metadata, and ignores those without a use here. The rest is lost,
and the summary of the import counts it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast
from uuid import UUID

from api.core import clock
from api.transfer.import_schemas import ImportedUser
from api.transfer.layouts import BOOLEANS, Layout, fold_name
from api.transfer.origins.names import clean_name, cut_name, is_imported_username
from api.transfer.timestamps import read_epoch, read_loose_timestamp

Record = Mapping[str, object]
EMPTY: tuple[object, ...] = (None, "", [], {})
MAX_EXTERNAL_ID_LENGTH = 255
FOREVER = "infinity"
WRITTEN_BOOLEANS = {
    **BOOLEANS,
    **dict.fromkeys(("yes", "y", "on"), True),
    **dict.fromkeys(("no", "n", "off"), False),
}


@dataclass(frozen=True)
class Mapped:
    """The row of a foreign record, and the names of the members that are lost."""

    row: ImportedUser
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """A system that users come from.

    ``map_user`` fills the draft of a record. It returns False if the record is not a user.
    ``known_by`` are members that only records of this system have. ``common`` are further members
    of which one is enough, unless the record is known to be of another system.
    ``keeps_ids`` is whether ids of this system that are UUIDs become the ids of the accounts.
    """

    name: str
    layout: Layout
    map_user: Callable[["Draft"], bool]
    known_by: tuple[str, ...]
    common: tuple[str, ...] = ()
    keeps_ids: bool = False


class Draft:
    """A row that is being made. Names of members match in any letter case, with or without `_`.

    ``source`` becomes the external source of the account. By default it is the origin.
    """

    def __init__(self, origin: str, record: Record, source: str | None = None) -> None:
        self.origin = origin
        self.source = source or origin
        self.members: dict[str, tuple[str, object]] = {}
        self.add(record)
        self.row: dict[str, object] = {}
        self.app_metadata: dict[str, object] = {}
        self.notes: dict[str, object] = {}
        self.lost: list[str] = []
        self.must_exist = False

    def add(self, record: Record) -> None:
        """Add members to the record. Those without a value are left out."""
        given = {name: value for name, value in record.items() if value not in EMPTY}
        self.members.update({_fold(name): (name, value) for name, value in given.items()})

    def has_any(self, *names: str) -> bool:
        """Return whether one of these members is given."""
        return any(_fold(name) in self.members for name in names)

    def take(self, *names: str) -> object:
        """Return the first of these members that is given, or None. None of them is lost."""
        found = [self.members.pop(_fold(name), None) for name in names]
        return next((member[1] for member in found if member), None)

    def take_text(self, *names: str) -> str | None:
        value = self.take(*names)
        return str(value).strip() or None if isinstance(value, str | int) else None

    def take_boolean(self, *names: str) -> bool | None:
        """Return a boolean, which may be written as text. A value that is none counts as lost."""
        value = self.take(*names)
        found = value if isinstance(value, bool) else WRITTEN_BOOLEANS.get(str(value).casefold())
        self._lose_other_form(names[0], value, found)
        return found

    def take_timestamp(self, *names: str, default_offset: str = "") -> str | None:
        """Return a timestamp, which may be written as PostgreSQL does, or as seconds since 1970."""
        value = self.take(*names)
        if value is None:
            return None
        loose = read_loose_timestamp(value, default_offset=default_offset)
        return read_epoch(value) if loose is value and not _is_timestamp(value) else str(loose)

    def take_mapping(self, *names: str) -> Record:
        value = self.take(*names)
        found = value if isinstance(value, dict) else None
        self._lose_other_form(names[0], value, found)
        return found or {}

    def take_list(self, *names: str) -> list[object]:
        value = self.take(*names)
        found = value if isinstance(value, list) else None
        self._lose_other_form(names[0], value, found)
        return found or []

    def _lose_other_form(self, name: str, value: object, found: object) -> None:
        if value is not None and found is None:
            self.lose(f"{name} (in another form)")

    def keep(self, *names: str) -> None:
        """Keep these members as metadata that users can read."""
        for name in names:
            if member := self.members.pop(_fold(name), None):
                self.notes[member[0]] = member[1]

    def note(self, name: str, value: object) -> None:
        """Keep a value as metadata that users can read."""
        if value not in EMPTY:
            self.notes[name] = value

    def ignore(self, *names: str) -> None:
        """Drop members that have no use here."""
        for name in names:
            self.members.pop(_fold(name), None)

    def lose(self, name: str) -> None:
        self.lost.append(name)

    def lose_flags(self, *names: str) -> None:
        """Count members that are true as lost. Others say nothing."""
        self.lost += [name for name in names if self.take_boolean(name)]

    def set_names(
        self, *, email: str | None, username: str | None = None, display_name: str | None = None
    ) -> None:
        """Set the names. A username that is an e-mail address adds nothing to that of the account.

        One that no account can have is lost. Users log in with the e-mail address anyway.
        """
        self.row["email"] = email
        if username and is_imported_username(username):
            self.row["username"] = username
        elif username and username.casefold() != (email or "").casefold():
            self.lose("username")
        if display_name:
            self._set_display_name(display_name)

    def _set_display_name(self, text: str) -> None:
        name = clean_name(text)
        shorter = cut_name(name)
        if shorter is None:
            self.lose("display_name")
        elif shorter != name:
            self.lose("the end of display_name")
        self.row["display_name"] = shorter

    def set_id(self, external_id: str | None) -> None:
        if external_id and len(external_id) <= MAX_EXTERNAL_ID_LENGTH:
            self.row.update(external_source=self.source, external_id=external_id)

    def suspend(self, reason: str) -> None:
        self.row.update(status="suspended", status_reason=reason[:500])

    def finish(self, *, keep_ids: bool) -> Mapped:
        """Return the row. What has not been taken is lost."""
        if self.notes:
            taken = self.origin in self.app_metadata  # by a member of the other system
            name = f"{self.origin}-import" if taken else self.origin
            self.app_metadata = {**self.app_metadata, name: self.notes}
        self.row["app_metadata"] = self.app_metadata
        if keep_ids and (user_id := _read_uuid(self.row.get("external_id"))):
            self.row["id"] = user_id
        row = {name: value for name, value in self.row.items() if value not in EMPTY}
        lost = (*self.lost, *(name for name, _ in self.members.values()))
        return Mapped(cast("ImportedUser", row), lost)


def join_names(*names: str | None) -> str | None:
    """Return a given name and a family name as one."""
    return " ".join(filter(None, names)) or None


def is_in_future(timestamp: str) -> bool:
    """Return whether a timestamp is in the future. PostgreSQL has one that never comes."""
    try:
        return datetime.fromisoformat(timestamp) > clock.now()
    except (TypeError, ValueError):
        return timestamp == FOREVER


@lru_cache(4096)  # records have the same names
def _fold(name: str) -> str:
    return fold_name(name)


def _is_timestamp(value: object) -> bool:
    return isinstance(value, str) and not value.replace(".", "").isdecimal()


def _read_uuid(text: object) -> str | None:
    try:
        return str(UUID(str(text)))
    except ValueError:
        return None
