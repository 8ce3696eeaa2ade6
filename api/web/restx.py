"""Flask-RESTX as this service uses it: one decorator declares an operation, one place runs it."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, ClassVar, TypeVar

import flask_restx
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from api.core.actor import Actor
from api.core.database import in_transaction
from api.core.errors import Unauthenticated
from api.web import conditional, idempotency, limits, streams
from api.web.bodies import read_form_or_json, read_json
from api.web.fields import SLUG
from api.web.operations import Operation
from api.web.shapes import Model, QueryString
from api.web.uploads import received

View = TypeVar("View", bound=Callable[..., Any])

READING = {"GET", "HEAD"}


class Resource(flask_restx.Resource):
    """Runs operations: who asks, how often, with what; then the work, in one transaction."""

    init_every_request = False  # a resource holds nothing, so one serves every request

    def dispatch_request(self, **path: Any) -> Response:
        method = request.method.lower()
        view = getattr(self, "get" if method == "head" else method)
        operation: Operation = view.operation
        if operation.takes or operation.lines:
            return _streamed(operation, view, path)
        arguments = {**path, **_arguments(operation)}
        if request.method in READING or not operation.transaction:
            result = view(**arguments)
            return operation.unchanged(request.environ, result) or operation.respond(result)

        def work() -> Response:
            return operation.respond(view(**arguments))

        if operation.idempotent:
            if operation.permission:  # which may have been lost since the answer was kept
                arguments["by"].must(operation.permission)
            work = idempotency.once(request, operation.id, arguments.get("by"), work)
        return in_transaction(work)


def _streamed(operation: Operation, view: Callable[..., Any], path: dict[str, Any]) -> Response:
    """Run an operation that takes in or answers more than it may hold.

    Places and permission come before the body, so that nobody sends one in vain, or fills a disk.
    """
    with ExitStack() as held:
        arguments = {**path, **_arguments(operation)}
        if operation.permission:
            arguments["by"].must(operation.permission)
        if operation.lines:
            held.enter_context(streams.answering.taken())
        if operation.takes:
            arguments["body"] = held.enter_context(received(request, operation.takes))
            arguments["media_type"] = request.mimetype
        if operation.lines:
            return operation.stream(operation.lines, view(**arguments), held)
        return in_transaction(lambda: operation.respond(view(**_from_start(arguments))))


def _from_start(arguments: dict[str, Any]) -> dict[str, Any]:
    """Rewind the body, which a try that gave way has read."""
    arguments["body"].seek(0)
    return arguments


def _arguments(operation: Operation) -> dict[str, Any]:
    """Recognise and count before anything is read, so that strangers learn nothing of shapes."""
    arguments: dict[str, Any] = {}
    if operation.public:
        limits.count(operation.policy, limits.client_key())
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
    limits.count(operation.policy, str(actor.id))
    return actor


NO_QUERY = QueryString(Model("NoQuery", {}))


class Namespace(flask_restx.Namespace):
    """A group of operations."""

    operations: ClassVar[dict[str, Operation]] = {}

    def operation(self, name: str, **declared: Any) -> Callable[[View], View]:
        """Declare an operation: ``Operation`` says what can be declared."""

        def decorate(view: View) -> View:
            operation = Operation(id=name, view=view, **declared)
            if name in self.operations:
                raise ValueError(f"two operations are called {name}")
            self.operations[name] = operation
            view.operation = operation  # type: ignore[attr-defined]
            document: Callable[[View], View] = self.doc(**_documented(operation))
            return document(view)

        return decorate


def _documented(operation: Operation) -> dict[str, Any]:
    """Tell Flask-RESTX which shapes belong into its document; the rest is ``api.web.openapi``'s."""
    described: dict[str, Any] = {
        "id": operation.id,
        "responses": {str(operation.status): (operation.summary, operation.shape)},
    }
    sent = operation.takes.each if operation.takes else operation.body
    if sent is not None:
        described |= {"expect": [sent], "validate": False}
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
