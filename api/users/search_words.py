"""Searching a word anywhere in the username, the e-mail address or the display name.

PostgreSQL finds the words by a trigram index of one text that has all three. SQLite reads all rows.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    DDL,
    ColumnElement,
    Index,
    bindparam,
    column,
    event,
    func,
    literal_column,
    or_,
    table,
)

from api.core import identifiers
from api.core.confusables import replace_confusables

MIN_TRIGRAM_LENGTH = 3  # characters; a shorter word is searched where words begin
ESCAPE = "\\"
SPACE: ColumnElement[str] = literal_column("' '")  # a parameter would not match the index
NAMES = table("users", *map(column, ("username_key", "email_key", "display_name_key"))).c


def make_search_text(users: Any) -> ColumnElement[str]:
    """Return the text with all names of a user, each with a space before it and after it."""
    display_name = func.coalesce(users.display_name_key, literal_column("''"))
    names = (users.username_key, users.email_key, display_name)
    text = SPACE
    for name in names:
        text = text.op("||")(name).op("||")(SPACE)
    return text


def make_index() -> Index:
    """Return the trigram index of the text. New rows wait in a short list, so writes are fast."""
    text = make_search_text(NAMES).label("search_text")
    index = Index(
        "ix_users_search_text",
        text,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
        postgresql_with={"gin_pending_list_limit": 512},  # KiB
    )
    return index.ddl_if(dialect="postgresql")


def split_words(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the words of a search, each with the forms in which the names may have it."""
    return tuple(_list_forms(word) for word in text.split())


def _list_forms(word: str) -> tuple[str, ...]:
    """Return a word folded; also as usernames and domains are compared, if that differs."""
    folded = identifiers.fold_text(word)
    if folded.isascii():
        return (folded,)
    folded = folded[: identifiers.MAX_NAME_LENGTH]  # as the key of a display name is cut
    local, at, domain = word.rpartition("@")
    address = identifiers.email_key(f"{local or 'x'}@{domain}").removeprefix("" if local else "x")
    forms = (folded, replace_confusables(folded), address if at else address.removeprefix("@"))
    return tuple(dict.fromkeys(filter(None, forms)))


def find_words(users: Any, forms: Iterable[int]) -> list[ColumnElement[bool]]:
    """Return a condition for each word; ``forms`` are the numbers of its forms."""
    text = make_search_text(users)
    return [
        or_(
            *(
                text.like(bindparam(_name_parameter(word, form)), escape=ESCAPE)
                for form in range(number)
            )
        )
        for word, number in enumerate(forms)
    ]


def bind_words(words: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """Return the values of the parameters of ``find_words``."""
    return {
        _name_parameter(position, form): _make_pattern(text)
        for position, word in enumerate(words)
        for form, text in enumerate(word)
    }


def _name_parameter(word: int, form: int) -> str:
    return f"word_{word}_{form}"


def _make_pattern(word: str) -> str:
    begin = "% " if len(word) < MIN_TRIGRAM_LENGTH else "%"
    return f"{begin}{escape(word)}%"


def escape(text: str) -> str:
    """Return a text without wildcards of LIKE."""
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return text


def enable_trigrams(users: Any) -> None:
    """Create the extension of PostgreSQL before the table, if it is created without Alembic."""
    extension = DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm")  # type: ignore[no-untyped-call]
    extension = extension.execute_if(dialect="postgresql")
    event.listen(users, "before_create", extension)
