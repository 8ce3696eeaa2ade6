"""Flask-RESTX as this service uses it: one decorator declares an operation."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import flask_restx
from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from api.web.dispatch import Resource
from api.web.fields import SLUG
from api.web.operations import Operation
from api.web.problems import ErrorFormat, ErrorRenderer, render_problem
from api.web.schemas import Model

__all__ = ["Api", "Namespace", "Resource"]

View = TypeVar("View", bound=Callable[..., Any])
ResourceClass = TypeVar("ResourceClass", bound=type[Resource])


class Namespace(flask_restx.Namespace):
    """A group of operations, whose errors ``render_error`` renders (problem details by default)."""

    operations: ClassVar[dict[str, Operation]] = {}

    def __init__(
        self, name: str, *, render_error: ErrorRenderer = render_problem, **declared: Any
    ) -> None:
        super().__init__(name, **declared)
        self.render_error = render_error

    def route(self, *urls: str, **declared: Any) -> Callable[[ResourceClass], ResourceClass]:
        register: Callable[[ResourceClass], ResourceClass] = super().route(*urls, **declared)

        def decorate(resource: ResourceClass) -> ResourceClass:
            resource.render_error = staticmethod(self.render_error)
            return register(resource)

        return decorate

    def operation(self, name: str, **declared: Any) -> Callable[[View], View]:
        """Declare an operation; ``Operation`` lists what can be declared.

        Raises:
            ValueError: the name is in use, or the declaration is incomplete.
        """

        def decorate(view: View) -> View:
            renderer = self.render_error
            if isinstance(renderer, ErrorFormat):
                declared["error_format"] = renderer
            operation = Operation(id=name, view=view, **declared)
            if name in self.operations:
                raise ValueError(f"two operations are called {name}")
            self.operations[name] = operation
            view.operation = operation  # type: ignore[attr-defined]
            document: Callable[[View], View] = self.doc(**_describe(operation))
            return document(view)

        return decorate


def _describe(operation: Operation) -> dict[str, Any]:
    """Name the models for Flask-RESTX's document; ``api.contract`` adds the rest."""
    described: dict[str, Any] = {
        "id": operation.id,
        "responses": {str(operation.status): (operation.summary, operation.response)},
    }
    if operation.error_format:
        described["responses"]["400"] = ("An error", operation.error_format.model)
    if operation.body is not None:
        described |= {"expect": [operation.body], "validate": False}
    return described


class SlugConverter(BaseConverter):
    """A path parameter that is the name of a resource; other names match no route."""

    regex = SLUG


class Api(flask_restx.Api):
    """An Api that leaves every error to Flask, so that there is one error shape."""

    def __init__(self, **described: Any) -> None:
        super().__init__(doc=False, **described)
        self.models = Model.known

    def init_app(self, app: Flask, **settings: Any) -> None:
        """Register the routes, without Flask-RESTX's own document and Swagger UI (of 2023)."""
        app.extensions.setdefault("restx", {})["apidoc_registered"] = True
        app.url_map.merge_slashes = False  # a path with two slashes is not found
        app.url_map.converters["slug"] = SlugConverter
        super().init_app(app, add_specs=False, **settings)

    def error_router(
        self, original_handler: Callable[[Exception], ResponseReturnValue], e: Exception
    ) -> ResponseReturnValue:
        return original_handler(e)
