"""Who is calling: each authenticator turns one kind of credential into a principal."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from flask import Flask, Request, current_app, request

from api.core.errors import ApiError, RateLimited, Unauthenticated, Unavailable
from api.core.principal import Principal
from api.web import limits, logging
from api.web.request_guard import EXCHANGE

EXTENSION = "rollbook.authenticators"
CLIENT_EXTENSION = "rollbook.client_authenticators"
BEARER = re.compile("bearer +[^ ]", re.IGNORECASE)  # a credential of this scheme


class Authenticator(Protocol):
    """Turns one kind of credential into a principal.

    ``security_scheme`` is how the contract describes the credential: its name, and the object that
    OpenAPI 3.1 (4.8.27) asks for. ``for_programs`` is whether programs have such credentials, and
    not people. ``limit_of_failures`` is the rate limit policy that counts requests with an invalid
    credential of this kind, by their client IP address.
    """

    security_scheme: tuple[str, dict[str, Any]]
    for_programs: bool
    limit_of_failures: str

    def authenticate(self, request: Request, *, allow_ended_session: bool) -> Principal | None:
        """Return the caller, or None if the request carries no credential of this kind.

        With ``allow_ended_session``, a credential whose session has ended is accepted: logging out
        succeeds when it is repeated.

        Raises:
            Unauthenticated: the credential is of this kind and is not valid.
        """


def authenticate(*, allow_ended_session: bool = False, accept_clients: bool = False) -> Principal:
    """Return the caller of the current request, and record it for the log.

    A request without a valid credential is counted here, by its client IP address. With
    ``accept_clients``, a client of OAuth 2.0 may present itself instead of a token.

    Raises:
        Unauthenticated: no authenticator accepts the request.
        RateLimited: there were too many such requests.
    """
    try:
        principal = _find_principal(
            list_authenticators(current_app, accept_clients=accept_clients),
            allow_ended_session=allow_ended_session,
        )
    except Unauthenticated as error:
        if has_bearer_token(request):
            error.name_invalid_token()
        raise
    request.environ[EXCHANGE].principal = principal
    logging.bind_principal(principal)
    return principal


def has_bearer_token(request: Request) -> bool:
    """Return whether the request has a credential of the scheme Bearer, valid or not."""
    return BEARER.match(request.headers.get("Authorization", "")) is not None


def _find_principal(
    authenticators: Sequence[Authenticator], *, allow_ended_session: bool
) -> Principal:
    for authenticator in authenticators:
        try:
            principal = authenticator.authenticate(request, allow_ended_session=allow_ended_session)
        except ApiError as error:
            if not isinstance(error, RateLimited | Unavailable):
                limits.count(authenticator.limit_of_failures, limits.client_key())
            raise
        if principal is not None:
            return principal
    limits.count(limits.PER_CLIENT, limits.client_key())
    raise Unauthenticated


def list_authenticators(app: Flask, *, accept_clients: bool = False) -> Sequence[Authenticator]:
    """Return the authenticators of the application, in the order in which they are asked."""
    authenticators: Sequence[Authenticator] = app.extensions[EXTENSION]
    if not accept_clients:
        return authenticators
    clients: Sequence[Authenticator] = app.extensions[CLIENT_EXTENSION]
    return [*clients, *authenticators]


def init_app(
    app: Flask, authenticators: Sequence[Authenticator], clients: Sequence[Authenticator] = ()
) -> None:
    """Authenticate requests with these, in this order.

    ``clients`` are asked first, and only by operations that accept client authentication.
    """
    app.extensions[EXTENSION] = tuple(authenticators)
    app.extensions[CLIENT_EXTENSION] = tuple(clients)
