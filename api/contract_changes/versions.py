"""Which version may break clients (semantic versioning)."""

import re

from api.contract_changes.documents import InvalidDocument

VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:[-+].*)?")


def parse_version(version: str) -> tuple[int, int, int]:
    """Return major, minor and patch.

    Raises:
        InvalidDocument: it is not a semantic version.
    """
    found = VERSION.fullmatch(version)
    if found is None:
        raise InvalidDocument(f"info.version `{version}` is not a semantic version such as 1.2.3")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def may_break(old: str, new: str) -> bool:
    """Return whether the new version may break clients of the old one.

    A new major version may. Before 1.0.0, a new minor version may.
    """
    before, after = parse_version(old), parse_version(new)
    if before[0] == after[0] == 0:
        return after[1] > before[1]
    return after[0] > before[0]
