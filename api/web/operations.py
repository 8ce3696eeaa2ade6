"""An operation as it is declared, and what follows from that.

It is run by ``api.web.restx`` and documented by ``api.web.openapi``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from inspect import cleandoc
from typing import Any, cast

import orjson
from flask import Response

from api.core.actor import Actor
from api.core.errors import (
    DatabaseUnavailable,
    Invalid,
    Overloaded,
    RateLimited,
    Refusal,
    Unauthenticated,
)
from api.core.versions import Stale
from api.idempotency.errors import KeyInUse, KeyMalformed, KeyReused
from api.web import conditional, limits, streams
from api.web.auth import current_actor
from api.web.edge import Environ
from api.web.refusals import (
    BadRequest,
    NoRoom,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from api.web.shapes import Input, Model, QueryString, Render, renderer
from api.web.streams import Lines, Streaming
from api.web.uploads import Streamed

View = Callable[..., Any]
Headers = Callable[[Any], Mapping[str, str]]

OPTIONS = orjson.OPT_UTC_Z


@dataclass(frozen=True, kw_only=True)
class Operation:
    """All that is declared of one operation; the docstring of ``view`` tells what it is for.

    Raises:
        ValueError: what is declared does not go together.
    """

    id: str
    view: View
    status: int = 200
    answers: Model | Lines | None = None  # lines, where it is too much for memory
    body: Model | None = None
    form: bool = False  # the body may come as a form, too
    takes: Streamed | None = None  # in place of a body that is too large for memory
    query: Model | None = None
    public: bool = False
    who: Callable[[], Actor] = current_actor  # says who is asking, where it is not public
    permission: str | None = None  # that the service demands, and where it is streamed we do, too
    own: bool = False  # without the permission one may do it to oneself, as far as it says
    limit: str = ""  # a policy of its own
    refuses: Sequence[type[Refusal]] = ()  # beside those of every operation of its kind
    headers: Headers | None = None  # made of what the view returned
    longest_body: int | None = None  # bytes, where it is less than what is allowed everywhere
    transaction: bool = True  # around it; without one the service commits what it does
    versioned: bool = False  # what it answers or changes has a ``version``
    idempotent: bool = False  # it is done once for each Idempotency-Key
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # to other operations

    def __post_init__(self) -> None:
        if self.takes and (self.public or self.body is not None):
            raise ValueError(f"{self.id}: a streamed body takes a token, and is the only one")
        if self.lines and (self.headers or self.links):
            raise ValueError(f"{self.id}: there is no result to make headers and links of")
        if self.public and self.permission:
            raise ValueError(f"{self.id}: who may be anybody holds no permission")
        if self.own and not self.permission:
            raise ValueError(f"{self.id}: what takes no permission is open to oneself already")

    @property
    def summary(self) -> str:
        return cleandoc(self.view.__doc__ or "").partition("\n")[0].strip().rstrip(".")

    @property
    def description(self) -> str:
        return cleandoc(self.view.__doc__ or "").partition("\n")[2].strip()

    @cached_property
    def method(self) -> str:
        return self.view.__name__.upper()

    @cached_property
    def policy(self) -> str:
        """Return the limit that counts it."""
        return self.limit or (limits.PER_ADDRESS if self.public else limits.PER_USER)

    @property
    def cap(self) -> int | None:
        """Return how many bytes its body may have, where it is not what everything may."""
        return self.takes.longest if self.takes else self.longest_body

    @cached_property
    def lines(self) -> Lines | None:
        return self.answers if isinstance(self.answers, Lines) else None

    @property
    def shape(self) -> Model | None:
        """Return the shape of the answer, or of each of its lines."""
        return self.answers.each if isinstance(self.answers, Lines) else self.answers

    @cached_property
    def conditional(self) -> bool:
        """Tell whether it changes something, and that only in the version that the client saw."""
        return self.versioned and self.method in conditional.CHANGING

    @cached_property
    def tagged(self) -> bool:
        """Tell whether its answer says the version.

        That to a PUT does not: what is kept is more than what was sent (RFC 9110, 9.3.4).
        """
        return self.versioned and self.answers is not None and self.method != "PUT"

    @cached_property
    def read_body(self) -> Input | None:
        return Input(self.body) if self.body is not None else None

    @cached_property
    def read_query(self) -> QueryString | None:
        return QueryString(self.query) if self.query is not None else None

    @cached_property
    def render(self) -> Render | None:
        return None if self.shape is None or self.lines else renderer(self.shape)

    @cached_property
    def refusals(self) -> tuple[type[Refusal], ...]:
        """Return its own refusals, and those that every one of its kind can give."""
        large = self.takes is not None
        reads = large or self.body is not None
        kinds = {
            BadRequest: reads,
            PayloadTooLarge: reads,
            UnsupportedMediaType: reads,
            RequestTimeout: large,
            NoRoom: large,
            Unauthenticated: not self.public,
            Stale: self.versioned and self.method != "POST",
            KeyMalformed: self.idempotent,
            KeyInUse: self.idempotent,
            KeyReused: self.idempotent,
        }
        of_its_kind = [refusal for refusal, can_be in kinds.items() if can_be]
        every = [*self.refuses, RateLimited, Invalid, DatabaseUnavailable, Overloaded, *of_its_kind]
        return tuple(dict.fromkeys(every))

    def unchanged(self, environ: Environ, result: Any) -> Response | None:
        """Return the answer to who has this version already, with the headers of the whole one."""
        told = conditional.not_modified(environ, result.version) if self.versioned else None
        if told is not None and self.headers:
            told.headers.update(self.headers(result))
        return told

    def respond(self, result: Any) -> Response:
        headers = dict(self.headers(result)) if self.headers else {}
        if self.tagged:
            headers["ETag"] = conditional.tag(result.version)
        if self.render is None:
            empty = Response(status=self.status, headers=headers)
            empty.headers.remove("Content-Type")
            return empty
        content = orjson.dumps(self.render(result), option=OPTIONS)
        return Json(content, self.status, headers, content_type="application/json")

    def stream(self, lines: Lines, results: Any, held: ExitStack) -> Response:
        chunks = streams.begin(results, lines, held)
        return Streaming(chunks, self.status, content_type=lines.media_type)


class Json(Response):
    """An answer that is sent as it is.

    Werkzeug would go through its headers once more, which takes 54,000 instructions, to add what
    is there already.
    """

    def __call__(self, _environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)
