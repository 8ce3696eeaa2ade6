"""The changelog of the contract, in Markdown."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from api.contract_changes.changes import Place, RepeatedChange, Severity, merge_changes
from api.contract_changes.comparison import REMOVED, compare_documents
from api.contract_changes.documents import Document

HEAD = """\
# Changes of the contract

What has changed in [the contract](../openapi/openapi.json) from version to version. `rollbook
openapi` writes this page from the documents in `openapi/released`.
[Changes of the contract](../openapi/README.md#changes-of-the-contract) says what breaks a client.
The reasons are in [the changelog of the service](../CHANGELOG.md).
"""
TITLES = {
    REMOVED: "Removed operations",
    Severity.BREAKING: "Breaking",
    Severity.COMPATIBLE: "Compatible",
    Severity.INFO: "Deprecated",
}
MAX_NAMED_OPERATIONS = 3
MIN_MEMBERS = 4  # with the same change, to be one item


def render_changelog(released: Sequence[Document], current: Document) -> str:
    """Return the changes from each version to the next, the newest first.

    ``released`` begins with the oldest version.
    """
    sections = [_render_version(old, new, new.version) for old, new in pairwise(released)]
    if released and current.content != released[-1].content:
        is_new = current.version != released[-1].version
        heading = f"{current.version} (unreleased)" if is_new else "Unreleased"
        sections.append(_render_version(released[-1], current, heading))
    first = [f"\n## {released[0].version}\n\nThe first version.\n"] if released else []
    return "".join([HEAD, *reversed(sections), *first])


def _render_version(old: Document, new: Document, heading: str) -> str:
    changes = merge_changes(compare_documents(old, new, today=date.min))
    parts = [f"## {heading}\n\nCompared with {old.version}.\n"]
    parts += [
        f"### {title} in {heading.removesuffix(' (unreleased)')}\n\n" + "\n".join(lines) + "\n"
        for title, lines in _sort_lines(changes).items()
        if lines
    ]
    return "\n" + "\n".join(parts if changes else [*parts, "Nothing that a client notices.\n"])


def _sort_lines(changes: list[RepeatedChange]) -> dict[str, list[str]]:
    """Return the list items of each section."""
    sections: dict[str, list[RepeatedChange]] = {title: [] for title in TITLES.values()}
    for repeated in changes:
        rule = repeated.change.rule
        sections[TITLES[REMOVED if rule == REMOVED else repeated.change.severity]].append(repeated)
    return {title: list(_render_items(section)) for title, section in sections.items()}


def _render_items(changes: list[RepeatedChange]) -> Iterator[str]:
    """Yield one item for each place, and before them one for each message of many members."""
    members: dict[tuple[str, str], list[str]] = {}
    for repeated in changes:
        if repeated.change.place.schema:
            members.setdefault(_find_cause(repeated), []).append(_name_member(repeated))
    common = {cause: names for cause, names in members.items() if len(names) >= MIN_MEMBERS}
    for (message, directions), names in common.items():
        yield f"- {len(names)} members of {directions}: {message} ({', '.join(names)})"
    places: dict[str, list[str]] = {}
    for repeated in changes:
        if not (repeated.change.place.schema and _find_cause(repeated) in common):
            places.setdefault(_describe_place(repeated), []).append(repeated.change.message)
    yield from (f"- {place}: {'; '.join(messages)}" for place, messages in places.items())


def _find_cause(repeated: RepeatedChange) -> tuple[str, str]:
    directions = dict.fromkeys(f"{_find_direction(place)}s" for place in repeated.places)
    return repeated.change.message, " and ".join(directions)


def _find_direction(place: Place) -> str:
    word = place.part.partition(" ")[0]
    return word if word in {"request", "response"} else "parameter"


def _list_parts(repeated: RepeatedChange) -> str:
    """Return requests and responses in general, but parameters by their names."""
    directions = [(place, _find_direction(place)) for place in repeated.places]
    names = [place.part if name == "parameter" else name for place, name in directions]
    return " and ".join(f"the {name}" for name in dict.fromkeys(names))


def _name_member(repeated: RepeatedChange) -> str:
    place = repeated.change.place
    return f"`{place.schema}{place.schema_pointer}`"


def _describe_place(repeated: RepeatedChange) -> str:
    """Return a member of a schema, or a part of operations."""
    place = repeated.change.place
    operations = _join_operations(repeated.operations)
    if place.schema:
        return f"{_name_member(repeated)} in {_list_parts(repeated)} of {operations}"
    return f"{operations}, {place}" if str(place) else operations


def _join_operations(operations: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in operations[:MAX_NAMED_OPERATIONS])
    others = len(operations) - MAX_NAMED_OPERATIONS
    return f"{shown} and {others} more" if others > 0 else shown
