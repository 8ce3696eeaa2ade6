"""One row of a file, and the errors of rows that cannot be read."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from api.core.errors import ValidationError
from api.core.validation_rules import ValidationRule
from api.transfer.errors import TooManyRows
from api.transfer.lines import MAX_RECORD_CHARACTERS

Record = TypeVar("Record")

TOO_LONG = ValidationError(
    "", ValidationRule.LINE_TOO_LONG, f"is longer than {MAX_RECORD_CHARACTERS} characters"
)
NOT_JSON = ValidationError(
    "", ValidationRule.JSON, "is not JSON, repeats a member name or has too many levels"
)
DOUBLED_BACKSLASHES = ValidationError(
    "",
    ValidationRule.JSON,
    "is not JSON: its backslashes are doubled, as COPY does; write the file with psql -At -c",
)
NOT_OBJECT = ValidationError("", ValidationRule.TYPE, "must be a JSON object")
NOT_CSV = ValidationError("", ValidationRule.CSV, "is not CSV, or not in the encoding of the file")


class Place(NamedTuple):
    """The number of a row in its body, which is unique, and the line where the row starts."""

    record: int
    line: int


class Row(NamedTuple):
    """The members of a row, or the errors that prevented reading them.

    ``line`` is the number of the line where the row starts. ``lost`` has the names of the members
    of a foreign record that the row cannot keep. ``must_exist`` is whether the row never creates an
    account. ``record`` is its number in the file.
    """

    line: int
    members: object
    errors: tuple[ValidationError, ...] = ()
    size: int = 0  # in characters
    lost: tuple[str, ...] = ()
    must_exist: bool = False
    record: int = 0

    @property
    def place(self) -> Place:
        return Place(self.record, self.line)


def limit_records(records: Iterable[Record], max_rows: int | None) -> Iterator[Record]:
    """Yield the records.

    Raises:
        TooManyRows: there are more than ``max_rows``.
    """
    for number, record in enumerate(records):
        if number == max_rows:
            raise TooManyRows(max_rows)
        yield record
