"""An operation as it is declared, and what follows from the declaration.

``api.web.dispatch`` runs it, ``api.contract`` documents it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from inspect import cleandoc, signature
from typing import Any, cast

import orjson
from flask import Response

from api.core.errors import (
    ApiError,
    DatabaseUnavailable,
    EmailNotVerified,
    InvalidRequest,
    Overloaded,
    PasswordChangeRequired,
    PermissionDenied,
    RateLimited,
    SessionRequired,
    SigningKeyLocked,
    Unauthenticated,
)
from api.core.etags import PreconditionFailed
from api.core.permissions import Permission
from api.idempotency.errors import KeyInUse, KeyMalformed, KeyReused
from api.web import conditional, limits
from api.web.bodies import JSON
from api.web.deprecation import Deprecation
from api.web.http_errors import BadRequest, InternalError, PayloadTooLarge, UnsupportedMediaType
from api.web.links import Links
from api.web.problems import ErrorFormat
from api.web.request_guard import Environ
from api.web.schemas import Input, Model, QueryString, Render, renderer

View = Callable[..., Any]
Headers = Callable[[Any], Mapping[str, str]]
Prepare = Callable[[Any], Any]

OWN_ID = "user_id"  # the path parameter that ``own`` compares with the caller
JSON_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE  # so that a terminal shows the prompt


@dataclass(frozen=True, kw_only=True)
class Operation:
    """All that is declared of one operation; the docstring of ``view`` is its description.

    Who may call it is declared in exactly one of three ways, and the dispatcher enforces it:

    - ``public``: every client, without a credential;
    - ``authenticated``: every principal;
    - ``permission``: a principal that has this permission. With ``own``, also a principal whose
      id is the path parameter ``user_id``; the service then enforces what it may do to itself.

    Programs, with an API key or a token of a service account, may call operations with a
    ``permission``, and no others. ``accepts_programs`` declares it where that is wrong: operations
    that change credentials need a person who has logged in. No program changes its owner's account.

    An operation that ``consumes`` rows of text receives ``body`` as bytes and ``media_type``. One
    that ``produces`` them returns a result whose ``content`` is bytes. The models then describe one
    row.

    Raises:
        ValueError: the declaration is incomplete or contradicts itself.
    """

    id: str
    view: View
    public: bool = False
    authenticated: bool = False
    permission: Permission | None = None
    own: bool = False
    accepts_programs: bool | None = None  # by default if it has a permission
    allow_ended_session: bool = False  # accept a token whose session has ended
    allow_temporary_password: bool = False  # accept users who must choose a new password first
    allow_unverified_email: bool = False  # accept users who must confirm their address first
    status: int = 200
    response: Model | None = None
    alternatives: Mapping[int, Model] = field(default_factory=dict)  # by the status of a result
    produces: str = JSON  # the media type of the response
    body: Model | None = None
    prepare: Prepare | None = None  # applied to the body before the transaction, if it takes long
    form: bool = False  # the body is form-encoded, and not JSON
    accepts_clients: bool = False  # accept client authentication of OAuth 2.0, in header or form
    error_format: ErrorFormat | None = None  # of the namespace, if it has no problem documents
    consumes: Mapping[str, str] = field(default_factory=dict)  # media types, each with an example
    query: Model | None = None
    limit: str = ""  # a rate limit policy of its own
    errors: Sequence[type[ApiError]] = ()  # in addition to those of every operation of its kind
    headers: Headers | None = None  # response headers, made from the result
    max_body_bytes: int | str | None = None  # a number, or the name of a limit that app.py sets
    reads_database: bool = True
    transaction: bool = True  # around the view; without one, the service commits
    versioned: bool = False  # the resource has a ``version``, which becomes its ETag
    changes_unversioned: bool = False  # its response has what changes without another version
    idempotent: bool = False  # executed once per Idempotency-Key
    deprecated: Deprecation | None = None
    links: Links = field(default_factory=dict)  # to other operations, by their ids

    def __post_init__(self) -> None:
        declared = [self.public, self.authenticated, self.permission is not None]
        if declared.count(True) != 1:
            raise ValueError(f"{self.id}: declare public, authenticated or permission")
        if self.own and not self.permission:
            raise ValueError(f"{self.id}: own needs a permission that it makes unnecessary")
        if self.consumes and (self.body is None or self.form):
            raise ValueError(f"{self.id}: consumes needs a model of one row as body, and no form")
        if self.produces != JSON and self.response is None:
            raise ValueError(f"{self.id}: produces needs a model of one row as response")

    @property
    def summary(self) -> str:
        """Return the first line of the view's docstring."""
        return cleandoc(self.view.__doc__ or "").partition("\n")[0].strip().rstrip(".")

    @property
    def description(self) -> str:
        """Return the view's docstring without its first line."""
        return cleandoc(self.view.__doc__ or "").partition("\n")[2].strip()

    @cached_property
    def method(self) -> str:
        return self.view.__name__.upper()

    @cached_property
    def requires_session(self) -> bool:
        """Return whether only a person who has logged in may call it."""
        if self.accepts_programs is None:
            return self.authenticated
        return not (self.public or self.accepts_programs)

    @cached_property
    def changes_account(self) -> bool:
        """Return whether it changes the account that its path names."""
        return self.method != "GET" and OWN_ID in signature(self.view).parameters

    @cached_property
    def passes_principal(self) -> bool:
        """Return whether the view wants to know who is calling."""
        return "by" in signature(self.view).parameters

    @cached_property
    def policy(self) -> str:
        """Return the name of the rate limit policy that counts it."""
        return self.limit or (limits.PER_CLIENT if self.public else limits.PER_PRINCIPAL)

    @cached_property
    def is_conditional(self) -> bool:
        """Return whether it changes a resource and honours ``If-Match``."""
        return self.versioned and self.method in conditional.CHANGING

    @cached_property
    def has_etag(self) -> bool:
        """Return whether its response carries an ETag.

        That of a PUT does not: what is stored is more than what was sent (RFC 9110, 9.3.4).
        """
        return self.versioned and self.response is not None and self.method != "PUT"

    @cached_property
    def answers_not_modified(self) -> bool:
        """Return whether the response is 304 to a client that has the version."""
        return self.versioned and self.method == "GET" and not self.changes_unversioned

    @cached_property
    def body_validator(self) -> Input | None:
        return None if self.body is None or self.consumes else Input(self.body)

    @cached_property
    def repeatable_members(self) -> frozenset[str]:
        """Return the members of a form that may be repeated: the lists."""
        if self.body is None or not self.form:
            return frozenset()
        kinds = {name: getattr(field, "kind", "") for name, field in self.body.items()}
        return frozenset(name for name, kind in kinds.items() if kind == "array")

    @cached_property
    def query_reader(self) -> QueryString:
        """Return what reads the query string; it rejects all parameters if none is declared."""
        return QueryString(self.query if self.query is not None else NO_QUERY)

    @cached_property
    def render(self) -> Render | None:
        return None if self.response is None else renderer(self.response)

    @cached_property
    def alternative_renderers(self) -> Mapping[int, Render]:
        return {status: renderer(model) for status, model in self.alternatives.items()}

    @cached_property
    def documented_errors(self) -> tuple[type[ApiError], ...]:
        """Return its own errors, and those that every operation of its kind can answer."""
        has_body = self.body is not None
        kinds: dict[type[ApiError], bool] = {
            DatabaseUnavailable: self.reads_database,
            Overloaded: True,
            BadRequest: has_body,
            PayloadTooLarge: has_body,
            UnsupportedMediaType: has_body,
            Unauthenticated: not self.public,
            SigningKeyLocked: not self.public,
            PermissionDenied: self.permission is not None,
            SessionRequired: self.requires_session or self.changes_account,
            EmailNotVerified: not (self.public or self.allow_unverified_email),
            PasswordChangeRequired: not (self.public or self.allow_temporary_password),
            PreconditionFailed: self.versioned and self.method != "POST",
            KeyMalformed: self.idempotent,
            KeyInUse: self.idempotent,
            KeyReused: self.idempotent,
        }
        of_its_kind = [error for error, applies in kinds.items() if applies]
        always = [RateLimited, InvalidRequest, InternalError]
        return tuple(dict.fromkeys([*self.errors, *always, *of_its_kind]))

    def not_modified(self, environ: Environ, result: Any) -> Response | None:
        """Return 304 if the client has this version, with the headers of the full response."""
        if not self.versioned:
            return None
        response = conditional.not_modified(environ, result.version)
        if not self.answers_not_modified:
            return None
        if response is not None and self.headers:
            headers = conditional.tag_headers(self.headers(result), result.version)
            response.headers.update(headers)
        return response

    def respond(self, result: Any) -> Response:
        """Render the result of the view, which may be one of the alternatives."""
        if isinstance(result, Alternative):
            content = self.alternative_renderers[result.status](result.value)
            return _respond_with_json(content, result.status, {})
        headers = dict(self.headers(result)) if self.headers else {}
        if self.has_etag:
            headers = conditional.tag_headers(headers, result.version)
        if self.produces != JSON:
            return Response(result.content, self.status, headers, content_type=self.produces)
        if self.render is None:
            empty = Response(status=self.status, headers=headers)
            empty.headers.remove("Content-Type")
            return empty
        return _respond_with_json(self.render(result), self.status, headers)


@dataclass(frozen=True)
class Alternative:
    """A successful result that has another status and form than the usual one.

    The operation declares its status and model in ``alternatives``.
    """

    status: int
    value: object


class CompleteResponse(Response):
    """A response that has its body and all of its headers.

    Werkzeug would process the headers once more, to add those that are missing
    (docs/architecture.md has the gain).
    """

    def __call__(self, _environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)


def _respond_with_json(
    content: Mapping[str, Any], status: int, headers: Mapping[str, str]
) -> CompleteResponse:
    body = orjson.dumps(content, option=JSON_OPTIONS)
    return CompleteResponse(body, status, dict(headers), content_type=JSON)


NO_QUERY = Model("NoQuery", {})
