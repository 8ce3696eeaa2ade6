"""Static content that is prepared once and served many times."""

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
        """Compress on the first request: most processes never serve the documentation."""
        with COMPRESSING:  # once, even if several clients ask at the same time
            return self.__dict__.get("compressed") or gzip.compress(self.body, mtime=0)

    def respond(self) -> Response:
        """Answer these bytes, compressed where the client accepts it.

        The ETag is weak because one tag stands for both codings. The content is public, so
        compression leaks nothing.
        """
        response = Response(mimetype=self.mimetype)
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.best_match(["gzip", "identity"]) == "gzip":
            response.content_encoding = "gzip"
            response.data = self.compressed
        else:
            response.data = self.body
        response.set_etag(self.digest, weak=True)
        return response
