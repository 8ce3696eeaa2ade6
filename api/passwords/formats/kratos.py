"""Digests in the notation of Ory Kratos, which other systems import as well."""

import re

from api.passwords.formats.digests import FUNCTIONS, Digest, KeyedDigest
from api.passwords.formats.encodings import match_fields, read_base64, read_hexadecimal
from api.passwords.formats.hashes import Hash

TEMPLATED = re.compile(
    rf"\$(?P<function>{'|'.join(FUNCTIONS)})\$pf=(?P<template>[^$]*)"
    r"\$(?P<salt>[^$]*)\$(?P<digest>[^$]*)"
)
UNSALTED = re.compile(r"\$md5\$(?P<digest>[^$]*)")
KEYED = re.compile(
    rf"\$hmac-(?P<function>{'|'.join(FUNCTIONS)})\$(?P<digest>[^$]*)\$(?P<key>[^$]*)"
)


def read_templated_digest(text: str) -> Hash:
    """Return a digest of Kratos, whose format says where salt and password are."""
    if fields := UNSALTED.fullmatch(text):
        return Digest("md5", (b"", b""), read_base64(fields["digest"], "digest"))
    fields = match_fields(TEMPLATED, text)
    template, salt = (read_base64(fields[name], name) for name in ("template", "salt"))
    parts = [part.replace(b"{SALT}", salt) for part in template.split(b"{PASSWORD}")]
    return Digest(fields["function"], tuple(parts), read_base64(fields["digest"], "digest"))


def read_keyed_digest(text: str) -> Hash:
    """Return an HMAC of Kratos: the base64 of the hexadecimal digest, and the key."""
    fields = match_fields(KEYED, text)
    hexadecimal = read_base64(fields["digest"], "digest").decode("ascii", "replace")
    digest = read_hexadecimal(hexadecimal, "digest")
    return KeyedDigest(fields["function"], read_base64(fields["key"], "key"), digest)
