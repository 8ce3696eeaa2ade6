"""Connects a request in Flask with its exchange, its log lines and the request context."""

from flask import Flask, request

from api.core import request_context
from api.web import logging
from api.web.request_guard import EXCHANGE


def _begin() -> None:
    exchange = request.environ[EXCHANGE]
    exchange.route = request.url_rule.rule if request.url_rule else None
    logging.bind_request(exchange.request_id)
    request_context.set_current_request(exchange)


def _end(_error: BaseException | None) -> None:
    logging.unbind_request()
    request_context.clear_current_request()


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.teardown_request(_end)
