"""Who is asking: from the header of a request to the actor behind it."""

from flask import request

from api.core.actor import Actor
from api.web import logging
from api.web.edge import EXCHANGE
from api.web.tokens import tokens


def current_actor() -> Actor:
    """Return who is asking, in a session that lasts.

    Raises:
        Unauthenticated: nobody who is known.
    """
    return _known(tokens().actor(_header()))


def claimed_actor() -> Actor:
    """Return whom the token speaks of, though their session may have ended.

    Raises:
        Unauthenticated: the token is not one of ours, or is spent.
    """
    claims = tokens().claims(_header())
    return _known(tokens().recognise(claims.session) or Actor(claims.subject))


def _header() -> str:
    return request.headers.get("Authorization", "")


def _known(actor: Actor) -> Actor:
    request.environ[EXCHANGE].actor_id = actor.id
    logging.bind_actor(str(actor.id))
    return actor
