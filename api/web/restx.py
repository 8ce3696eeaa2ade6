"""Flask-RESTX as this service uses it: one decorator declares an operation, one place runs it.

``Namespace.operation`` says what comes in, what goes out, who may call and how it says no. From
that the operation is run (``Resource.dispatch_request``) and documented (``api.web.openapi``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any, ClassVar, TypeVar, cast

import flask_restx
import orjson
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from api.core.actor import Actor
from api.core.database import in_transaction
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
from api.web import conditional, idempotency, limits
from api.web.auth import current_actor
from api.web.bodies import read_form_or_json, read_json
from api.web.edge import Environ
from api.web.fields import SLUG
from api.web.refusals import BadRequest, PayloadTooLarge, UnsupportedMediaType
from api.web.shapes import Input, Model, QueryString, Render, renderer

View = TypeVar("View", bound=Callable[..., Any])
Headers = Callable[[Any], Mapping[str, str]]

OPTIONS = orjson.OPT_UTC_Z
READING = {"GET", "HEAD"}


@dataclass(frozen=True)
class Operation:
    """All that is declared of one operation, compiled."""

    id: str
    method: str
    summary: str
    description: str
    status: int
    answers: Model | None
    body: Model | None
    form: bool
    query: Model | None
    who: Callable[[], Actor]
    public: bool
    permission: str | None
    limit: str
    refuses: tuple[type[Refusal], ...]
    headers: Headers | None
    longest_body: int | None
    versioned: bool = False
    idempotent: bool = False
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    read_body: Input | None = None
    read_query: QueryString | None = None
    render: Render | None = None

    @property
    def conditional(self) -> bool:
        """Tell whether it changes something, and that only in the version that the client saw."""
        return self.versioned and self.method in conditional.CHANGING

    @property
    def tagged(self) -> bool:
        """Tell whether its answer says the version.

        That to a PUT does not: what is kept is more than what was sent (RFC 9110, 9.3.4).
        """
        return self.versioned and self.answers is not None and self.method != "PUT"

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


class Json(Response):
    """An answer that is sent as it is.

    Werkzeug would go through its headers once more, which takes 54,000 instructions, to add what
    is there already.
    """

    def __call__(self, _environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return cast("list[bytes]", self.response)


class Resource(flask_restx.Resource):
    """Runs operations: who asks, how often, with what; then the work, in one transaction."""

    init_every_request = False  # a resource holds nothing, so one serves every request

    def dispatch_request(self, **path: Any) -> Response:
        method = request.method.lower()
        view = getattr(self, "get" if method == "head" else method)
        operation: Operation = view.operation
        arguments = {**path, **_arguments(operation)}
        if request.method in READING:
            result = view(**arguments)
            told = operation.versioned and conditional.not_modified(request.environ, result.version)
            return told or operation.respond(result)

        def work() -> Response:
            return operation.respond(view(**arguments))

        if operation.idempotent:
            work = idempotency.once(request, operation.id, arguments.get("by"), work)
        return in_transaction(work)


def _arguments(operation: Operation) -> dict[str, Any]:
    """Recognise and count before anything is read, so that strangers learn nothing of shapes."""
    arguments: dict[str, Any] = {}
    if operation.public:
        limits.count(operation.limit, limits.client_key())
    else:
        arguments["by"] = _recognise(operation)
    if operation.read_query is not None:
        arguments["query"] = operation.read_query.read(request.args.lists())
    elif request.query_string:
        NO_QUERY.read(request.args.lists())
    if operation.read_body is not None:
        read = read_form_or_json if operation.form else read_json
        arguments["body"] = read(request)
        operation.read_body.check(arguments["body"])
    if operation.conditional:
        arguments["only_if"] = conditional.demanded(request.environ)
    return arguments


def _recognise(operation: Operation) -> Actor:
    try:
        actor = operation.who()
    except Unauthenticated:
        limits.count(limits.PER_ADDRESS, limits.client_key())
        raise
    limits.count(operation.limit, str(actor.id))
    return actor


NO_QUERY = QueryString(Model("NoQuery", {}))


class Namespace(flask_restx.Namespace):
    """A group of operations."""

    operations: ClassVar[dict[str, Operation]] = {}

    def operation(  # noqa: PLR0913  each names one thing that an operation declares
        self,
        name: str,
        *,
        answers: Model | None = None,
        status: int = 200,
        body: Model | None = None,
        form: bool = False,
        query: Model | None = None,
        public: bool = False,
        who: Callable[[], Actor] = current_actor,
        permission: str | None = None,
        limit: str | None = None,
        refuses: Sequence[type[Refusal]] = (),
        headers: Headers | None = None,
        longest_body: int | None = None,
        versioned: bool = False,
        idempotent: bool = False,
        links: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Callable[[View], View]:
        """Declare an operation; the view's docstring is its summary and description.

        ``form`` takes the body as a form, too. ``who`` says who is asking, where it is not
        ``public``. ``permission`` only documents what the service function demands. ``headers``
        takes what the view returned and gives further headers. ``longest_body`` is in bytes, where
        it is less than what is allowed everywhere. ``versioned`` results have a ``version``, told
        as ETag; a view that changes one is given ``only_if``, the versions that the client means.
        What is ``idempotent`` is done once for each Idempotency-Key. ``links`` lead from the answer
        to operations.
        """

        def decorate(view: View) -> View:
            method = view.__name__.upper()
            summary, _, description = cleandoc(view.__doc__ or "").partition("\n")
            operation = Operation(
                id=name,
                method=method,
                summary=summary.strip().rstrip("."),
                description=description.strip(),
                status=status,
                answers=answers,
                body=body,
                form=form,
                query=query,
                who=who,
                public=public,
                permission=permission,
                limit=limit or (limits.PER_ADDRESS if public else limits.PER_USER),
                refuses=_refusals(
                    refuses,
                    body=body is not None,
                    public=public,
                    versioned=versioned and method != "POST",
                    idempotent=idempotent,
                ),
                headers=headers,
                longest_body=longest_body,
                versioned=versioned,
                idempotent=idempotent,
                links=links or {},
                read_body=Input(body) if body else None,
                read_query=QueryString(query) if query else None,
                render=renderer(answers) if answers else None,
            )
            self._remember(operation)
            view.operation = operation  # type: ignore[attr-defined]
            document: Callable[[View], View] = self.doc(**_documented(operation))
            return document(view)

        return decorate

    def _remember(self, operation: Operation) -> None:
        if operation.id in self.operations:
            raise ValueError(f"two operations are called {operation.id}")
        self.operations[operation.id] = operation


def _refusals(
    own: Sequence[type[Refusal]], *, body: bool, public: bool, versioned: bool, idempotent: bool
) -> tuple[type[Refusal], ...]:
    """Add to an operation's own refusals those that every one of its kind can give."""
    refusals = [*own, RateLimited, Invalid, DatabaseUnavailable, Overloaded]
    if body:
        refusals += [BadRequest, PayloadTooLarge, UnsupportedMediaType]
    if not public:
        refusals += [Unauthenticated]
    if versioned:
        refusals += [Stale]
    if idempotent:
        refusals += [KeyMalformed, KeyInUse, KeyReused]
    return tuple(dict.fromkeys(refusals))


def _documented(operation: Operation) -> dict[str, Any]:
    """Tell Flask-RESTX which shapes belong into its document; the rest is ``api.web.openapi``'s."""
    described: dict[str, Any] = {
        "id": operation.id,
        "responses": {str(operation.status): (operation.summary, operation.answers)},
    }
    if operation.body is not None:
        described |= {"expect": [operation.body], "validate": False}
    return described


class SlugConverter(BaseConverter):
    """Finds what has a name of letters for a key; there is nothing at other names."""

    regex = SLUG


class Api(flask_restx.Api):
    """An Api that leaves every error to Flask, so that there is one error shape."""

    def __init__(self, **described: Any) -> None:
        super().__init__(doc=False, **described)
        self.models = Model.known

    def init_app(self, app: Flask, **settings: Any) -> None:
        # Its Swagger UI is of 2023; the docs page has a current one.
        app.extensions.setdefault("restx", {})["apidoc_registered"] = True
        app.url_map.merge_slashes = False  # each has one address; others are not found, not led on
        app.url_map.converters["slug"] = SlugConverter
        super().init_app(app, add_specs=False, **settings)

    def _register_doc(self, app_or_blueprint: Flask) -> None:
        """Leave the root alone: there the docs begin."""

    base_path = "/"  # which Flask-RESTX would ask of the route it has not registered

    def error_router(
        self, original_handler: Callable[[Exception], ResponseReturnValue], e: Exception
    ) -> ResponseReturnValue:
        return original_handler(e)
