"""Who is calling: each authenticator turns one kind of credential into a principal."""

from collections.abc import Sequence
from typing import Protocol

from flask import Flask, Request, current_app, request

from api.core.errors import Unauthenticated
from api.core.principal import Principal
from api.web import logging
from api.web.request_guard import EXCHANGE

EXTENSION = "rollbook.authenticators"


class Authenticator(Protocol):
    """Turns one kind of credential into a principal."""

    def authenticate(self, request: Request) -> Principal | None:
        """Return the caller, or None if the request carries no credential of this kind.

        Raises:
            Unauthenticated: the credential is of this kind and is not valid.
        """

    def identify(self, request: Request) -> Principal | None:
        """Return the caller as ``authenticate`` does, also after the session has ended.

        For logging out, which succeeds when it is repeated.
        """


def authenticate(*, allow_ended_session: bool = False) -> Principal:
    """Return the caller of the current request, and record it for the log.

    Raises:
        Unauthenticated: no authenticator accepts the request.
    """
    authenticators: Sequence[Authenticator] = current_app.extensions[EXTENSION]
    for authenticator in authenticators:
        check = authenticator.identify if allow_ended_session else authenticator.authenticate
        principal = check(request)
        if principal is not None:
            request.environ[EXCHANGE].principal = principal
            logging.bind_principal(str(principal.id))
            return principal
    raise Unauthenticated


def init_app(app: Flask, authenticators: Sequence[Authenticator]) -> None:
    """Authenticate requests with these, in this order."""
    app.extensions[EXTENSION] = tuple(authenticators)
