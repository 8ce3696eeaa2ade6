"""Which errors a function can raise, found in its source and in that of what it calls.

Only calls of functions, and of methods of parameters whose class is annotated, are followed. So
the result may lack an error, and may have one that no input leads to.
"""

import ast
import inspect
import textwrap
from contextlib import suppress
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from api.core.errors import ApiError

Errors = frozenset[type[ApiError]]
NONE: Errors = frozenset()


def find_raised_errors(function: FunctionType) -> Errors:
    """Return the errors that a function of the service can raise."""
    return _find(inspect.unwrap(function), frozenset())


@cache
def _find(function: FunctionType, callers: frozenset[FunctionType]) -> Errors:
    if function in callers:
        return NONE
    source = textwrap.dedent(inspect.getsource(function))
    return _Finder(function, callers | {function}).find(ast.parse(source))


class _Finder:
    def __init__(self, function: FunctionType, callers: frozenset[FunctionType]) -> None:
        self.names = function.__globals__
        self.classes = {
            name: annotation
            for name, annotation in function.__annotations__.items()
            if isinstance(annotation, type)
        }
        self.callers = callers

    def find(self, node: ast.AST) -> Errors:
        """Return the errors that a part of the source can raise."""
        if isinstance(node, ast.Try):
            return self._find_in_try(node)
        if isinstance(node, ast.With):
            return self._find_in_with(node)
        found = NONE
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            found |= _only_errors(self._resolve(raised))
        if isinstance(node, ast.Call):
            found |= self._follow(self._resolve(node.func))
        return found.union(*map(self.find, ast.iter_child_nodes(node)))

    def _find_in_try(self, node: ast.Try) -> Errors:
        inside = NONE.union(*map(self.find, node.body))
        for handler in node.handlers:
            caught = self._list_caught(handler)
            raises_again = any(
                isinstance(each, ast.Raise) and each.exc is None for each in ast.walk(handler)
            )
            if not raises_again:
                inside = frozenset(error for error in inside if not issubclass(error, caught))
        return inside.union(*map(self.find, [*node.handlers, *node.orelse, *node.finalbody]))

    def _find_in_with(self, node: ast.With) -> Errors:
        inside = NONE.union(*map(self.find, [*node.items, *node.body]))
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and self._resolve(call.func) is suppress:
                suppressed = tuple(map(self._resolve, call.args))
                inside = frozenset(error for error in inside if not issubclass(error, suppressed))
        return inside

    def _list_caught(self, handler: ast.ExceptHandler) -> tuple[type, ...]:
        parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        caught = [self._resolve(part) for part in parts if part is not None]
        return tuple(kind for kind in caught if isinstance(kind, type))

    def _follow(self, called: Any) -> Errors:
        called = inspect.unwrap(called) if callable(called) else called
        is_ours = isinstance(called, FunctionType) and called.__module__.startswith("api.")
        return _find(called, self.callers) if is_ours else NONE

    def _resolve(self, node: ast.AST) -> Any:
        """Return the object that a name or an attribute means, or None."""
        if isinstance(node, ast.Name):
            return self.classes.get(node.id) or self.names.get(node.id)
        if isinstance(node, ast.Call):  # of a function that returns an object of this class
            return getattr(self._resolve(node.func), "__annotations__", {}).get("return")
        if isinstance(node, ast.Attribute):
            owner = self._resolve(node.value)
            if isinstance(owner, ModuleType | type):
                return getattr(owner, node.attr, None)
        return None


def _only_errors(kind: Any) -> Errors:
    is_error = isinstance(kind, type) and issubclass(kind, ApiError)
    return frozenset({kind}) if is_error else NONE
