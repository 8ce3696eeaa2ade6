"""What docs/security.md says about the security requirements that the features illustrate."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from features.report.outline import Outline

ID = re.compile(r"[A-Z]-\d\d")
FIRST_HEADING = "\n## "  # the text above it explains the ids


@dataclass(frozen=True)
class Place:
    """A feature, a rule or a scenario that has the id of a requirement as its tag."""

    anchor: str
    name: str


@dataclass(frozen=True)
class Requirement:
    id: str
    sentences: list[str]
    places: list[Place]


def list_requirements(outline: Outline, document: str) -> list[Requirement]:
    """Return the requirements of the features, by id, with their sentences."""
    places: dict[str, list[Place]] = {}
    for tag, place in list_tags(outline):
        if ID.fullmatch(tag):
            places.setdefault(tag, []).append(place)
    blocks = split_blocks(document.partition(FIRST_HEADING)[2])
    return [
        Requirement(name, find_sentences(blocks, name), places[name]) for name in sorted(places)
    ]


def list_tags(outline: Outline) -> Iterator[tuple[str, Place]]:
    for feature in outline.features:
        yield from ((tag, Place(feature.anchor, feature.name)) for tag in feature.tags)
        for rule in feature.rules:
            yield from ((tag, Place(rule.anchor, rule.name)) for tag in rule.tags)
        for scenario in feature.scenarios:
            yield from ((tag, Place(scenario.anchor, scenario.name)) for tag in scenario.tags)


def split_blocks(document: str) -> list[str]:
    """Return the paragraphs, list items and rows of tables, each as one line."""
    starts = re.split(r"\n(?=\s*- |\||#|\s*\n)", document)
    return [" ".join(block.split()) for block in starts if block.strip()]


def find_sentences(blocks: Iterable[str], name: str) -> list[str]:
    """Return the sentences about a requirement, without marks of Markdown."""
    return [
        make_plain(sentence)
        for block in blocks
        for sentence in split_sentences(block)
        if is_about(sentence, name)
    ]


def split_sentences(block: str) -> list[str]:
    if not block.startswith("|"):
        return re.split(r"(?<=\.)\s+(?=[A-Z`])", block)
    cells = [cell.strip() for cell in block.strip("|").split(" | ")]
    if not ID.match(cells[0]):  # another table than that of the deviations
        return [" ".join(cells)]
    name, required, implemented, reason = cells
    return [f"Deviation ({name}): required is “{required}”, implemented “{implemented}”. {reason}"]


def is_about(sentence: str, name: str) -> bool:
    """Return whether a sentence has an id, or a range with it, such as ``T-04 to T-06``."""
    ranges = re.findall(rf"({ID.pattern}) to ({ID.pattern})", sentence)
    return name in ID.findall(sentence) or any(
        first[0] == name[0] and first <= name <= last for first, last in ranges
    )


def make_plain(text: str) -> str:
    return re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", text.removeprefix("- ")).translate(
        str.maketrans("", "", "`*")
    )
