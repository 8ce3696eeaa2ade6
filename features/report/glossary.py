"""The persons and the words of the features, from the tables of ``features/README.md``."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    name: str
    meaning: str
    others: str = ""  # the words that the features do not use for it


@dataclass(frozen=True)
class Glossary:
    persons: list[Entry]
    terms: list[Entry]
    permissions: list[Entry]
    missing: list[Entry]


def make_glossary(readme: str) -> Glossary:
    headings = ("Personas", "Terms", "Permissions", "What Rollbook does not do yet")
    return Glossary(*(read_table(readme, heading) for heading in headings))


def read_table(readme: str, heading: str) -> list[Entry]:
    """Return the first three columns of the table below a heading, without marks of Markdown.

    Raises:
        ValueError: there is no such table.
    """
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \|(?: (.*?) ?\|)?$", section[1] if section else "", re.MULTILINE
    )
    if not rows:
        raise ValueError(f"features/README.md has no table below '## {heading}'")
    plain = [[re.sub(r"[`*]", "", cell) for cell in row] for row in rows]
    return [Entry(*row) for row in plain[1:]]
