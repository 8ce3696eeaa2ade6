"""Bytes that never change while the process lives, and how they are sent."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from flask import Response, request

COMPRESSING = Lock()


@dataclass(frozen=True)
class Prepared:
    body: bytes
    mimetype: str

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:16]

    @cached_property
    def compressed(self) -> bytes:
        """Made for the first client that asks: most processes never show the documentation."""
        with COMPRESSING:  # two at a time would take the processor from everyone else
            return self.__dict__.get("compressed") or gzip.compress(self.body, mtime=0)

    def answer(self) -> Response:
        """Say these bytes, or only that they are still the same (304).

        The tag is weak because one tag stands for both codings. Nothing in here is secret, so
        that compression gives nothing away.
        """
        response = Response(mimetype=self.mimetype)
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.best_match(["gzip", "identity"]) == "gzip":
            response.content_encoding = "gzip"
            response.data = self.compressed
        else:
            response.data = self.body
        response.set_etag(self.digest, weak=True)
        response.make_conditional(request)
        return response
