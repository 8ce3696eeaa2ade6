"""Conditional requests (RFC 9110, 13): an answer carries its version, and a change may name one.

A tag is strong and holds nothing but the version of the row: what is answered is made from the
row alone, and every change of a row raises its version.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response

from api.core.etags import ANY, ExpectedVersion

CHANGING = {"PUT", "PATCH", "DELETE"}
IF_MATCH, IF_NONE_MATCH = "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"  # repeated ones come as a list
EXISTING = "*"

MEMBER = re.compile(r'[\t ]*+(?:(?P<weak>W/)?"(?P<tag>[!#-~\x80-\xff]*+)")?+[\t ]*+(?:,|\Z)')
OURS = re.compile("[1-9][0-9]{0,17}")

Environ = Mapping[str, Any]


def format_etag(version: int) -> str:
    return f'"{version}"'


def read_preconditions(environ: Environ) -> ExpectedVersion:
    """Return what the client saw that asks for a change (RFC 9110, 13.1.1 and 13.1.2)."""
    wanted, unwanted = environ.get(IF_MATCH), environ.get(IF_NONE_MATCH)
    if wanted is None and unwanted is None:
        return ANY
    versions = None if wanted in {None, EXISTING} else _versions(wanted or "", weak_too=False)
    if unwanted == EXISTING:  # only where there is nothing yet, and that is never changed
        versions = frozenset()
    return ExpectedVersion(versions, _versions(unwanted or "", weak_too=True))


def not_modified(environ: Environ, version: int) -> Response | None:
    """Return the answer to who reads what they have already, and None to who has another version.

    Raises:
        Stale: it is read under a condition that does not hold.
    """
    if IF_MATCH in environ:
        read_preconditions({IF_MATCH: environ[IF_MATCH]}).check(version)
    known = environ.get(IF_NONE_MATCH)
    if known is None:
        return None
    if known != EXISTING and version not in _versions(known, weak_too=True):
        return None
    return Response(status=304, headers={"ETag": format_etag(version)})


def _versions(text: str, *, weak_too: bool) -> frozenset[int]:
    """Return the versions in a list of tags; a tag that is not one of ours stands for none."""
    return frozenset(
        int(member["tag"])
        for member in _members(text)
        if OURS.fullmatch(member["tag"] or "") and (weak_too or not member["weak"])
    )


def _members(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(text) and (member := MEMBER.match(text, place)):
        yield member
        place = member.end()
