"""Conditional requests (RFC 9110, 13): a response has an ETag, and a change may name one.

An ETag is strong and is the version of the row: the response depends on the row alone, and every
change of the row increments its version. If a response also has what changes without another
version, its operation declares ``changes_unversioned``: then the ETag is for changes, and the
response is never 304.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response

from api.core.etags import ANY, ExpectedVersion
from api.web.request_guard import NO_STORE

CHANGING = {"PUT", "PATCH", "DELETE"}
IF_MATCH, IF_NONE_MATCH = "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"  # repeated ones are joined
EXISTING = "*"

MEMBER = re.compile(r'[\t ]*+(?:(?P<weak>W/)?"(?P<tag>[!#-~\x80-\xff]*+)")?+[\t ]*+(?:,|\Z)')
OURS = re.compile("[1-9][0-9]{0,17}")
# What proxies make of an ETag when they compress: Apache appends `-gzip`, others `--gzip`, `;gzip`.
SUFFIXED = re.compile("([1-9][0-9]{0,17})(?:--?|;)(?:gzip|br|deflate|zstd)")
NO_TRANSFORM = "no-transform"  # compression would alter the ETag (RFC 9111, 5.2.2.6)

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
    excluded = _parse_versions(unwanted or "", allow_weak=True)
    return ExpectedVersion(versions, excluded, _parse_altered(wanted or ""))


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
    return Response(status=304, headers=tag_headers({}, version))


def tag_headers(headers: Mapping[str, str], version: int) -> dict[str, str]:
    """Return the headers with an ETag, and with what asks proxies not to alter it."""
    cache_control = headers.get("Cache-Control", NO_STORE)
    return {
        **headers,
        "ETag": format_etag(version),
        "Cache-Control": f"{cache_control}, {NO_TRANSFORM}",
    }


def _parse_versions(text: str, *, allow_weak: bool) -> frozenset[int]:
    """Return the versions in a list of ETags; other tags are ignored."""
    return frozenset(
        int(member["tag"])
        for member in _split_list(text)
        if OURS.fullmatch(member["tag"] or "") and (allow_weak or not member["weak"])
    )


def _parse_altered(text: str) -> frozenset[int]:
    """Return the versions of the ETags that are ours but for what a proxy has altered."""
    members = [member for member in _split_list(text) if member["tag"]]
    suffixed = [SUFFIXED.fullmatch(member["tag"]) for member in members]
    weak = [int(each["tag"]) for each in members if each["weak"] and OURS.fullmatch(each["tag"])]
    return frozenset([*weak, *(int(match[1]) for match in suffixed if match)])


def _split_list(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(text) and (member := MEMBER.match(text, place)):
        yield member
        place = member.end()
