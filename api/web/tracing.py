"""What a request leaves behind from inside Flask: its route, and its id on every log line."""

from flask import Flask, request

from api.core import request_context
from api.web import logging
from api.web.request_guard import EXCHANGE


def _begin() -> None:
    exchange = request.environ[EXCHANGE]
    exchange.route = request.url_rule.rule if request.url_rule else None
    logging.bind_request(exchange.request_id)
    request_context.begin(exchange)


def _end(_error: BaseException | None) -> None:
    logging.unbind()
    request_context.end()


def init_app(app: Flask) -> None:
    app.before_request(_begin)
    app.teardown_request(_end)
