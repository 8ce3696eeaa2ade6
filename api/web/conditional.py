"""Conditional requests (RFC 9110, 13): a response has an ETag, and a change may name one.

An ETag is strong and is the version of the row: the response depends on the row alone, and every
change of the row increments its version.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response

from api.core.etags import ANY, ExpectedVersion

CHANGING = {"PUT", "PATCH", "DELETE"}
IF_MATCH, IF_NONE_MATCH = "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"  # repeated ones are joined
EXISTING = "*"

MEMBER = re.compile(r'[\t ]*+(?:(?P<weak>W/)?"(?P<tag>[!#-~\x80-\xff]*+)")?+[\t ]*+(?:,|\Z)')
OURS = re.compile("[1-9][0-9]{0,17}")

Environ = Mapping[str, Any]


def format_etag(version: int) -> str:
    return f'"{version}"'


def read_preconditions(environ: Environ) -> ExpectedVersion:
    """Return the version that a change expects (RFC 9110, 13.1.1 and 13.1.2)."""
    wanted, unwanted = environ.get(IF_MATCH), environ.get(IF_NONE_MATCH)
    if wanted is None and unwanted is None:
        return ANY
    versions = (
        None if wanted in {None, EXISTING} else _parse_versions(wanted or "", allow_weak=False)
    )
    if unwanted == EXISTING:  # only if nothing exists, and what does not exist cannot be changed
        versions = frozenset()
    return ExpectedVersion(versions, _parse_versions(unwanted or "", allow_weak=True))


def not_modified(environ: Environ, version: int) -> Response | None:
    """Return 304 if the client has this version, else None.

    Raises:
        PreconditionFailed: ``If-Match`` names another version.
    """
    if IF_MATCH in environ:
        read_preconditions({IF_MATCH: environ[IF_MATCH]}).check(version)
    known = environ.get(IF_NONE_MATCH)
    if known is None:
        return None
    if known != EXISTING and version not in _parse_versions(known, allow_weak=True):
        return None
    return Response(status=304, headers={"ETag": format_etag(version)})


def _parse_versions(text: str, *, allow_weak: bool) -> frozenset[int]:
    """Return the versions in a list of ETags; other tags are ignored."""
    return frozenset(
        int(member["tag"])
        for member in _split_list(text)
        if OURS.fullmatch(member["tag"] or "") and (allow_weak or not member["weak"])
    )


def _split_list(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(text) and (member := MEMBER.match(text, place)):
        yield member
        place = member.end()
