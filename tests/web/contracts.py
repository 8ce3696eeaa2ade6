"""The contract of an application that a test makes."""

import orjson
from flask import Flask

from api.contract.document import Deployment, render_contract
from api.web import authentication
from api.web.restx import Api


def render(ns):
    """Return the contract of an application that has only this namespace."""
    app, rest = Flask("echo"), Api()
    authentication.init_app(app, [])
    rest.add_namespace(ns)
    rest.init_app(app)
    deployment = Deployment(version="1", password_min_length=8, usernames_required=False)
    return orjson.loads(render_contract(app, rest, deployment))
