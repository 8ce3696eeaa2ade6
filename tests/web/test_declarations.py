"""What is declared of an operation, and what follows from it."""

import pytest

from api.core.errors import (
    Conflict,
    DatabaseUnavailable,
    InvalidRequest,
    Overloaded,
    RateLimited,
    Unauthenticated,
)
from api.web.http_errors import BadRequest, PayloadTooLarge, UnsupportedMediaType
from api.web.restx import Namespace
from api.web.schemas import Model

ALWAYS = {RateLimited, InvalidRequest, DatabaseUnavailable, Overloaded}
BODILY = {BadRequest, PayloadTooLarge, UnsupportedMediaType}


@pytest.fixture
def declare(registry):
    ns = Namespace("echo")

    def declare(**declared):
        def view():
            """Say it again.

            And again.
            """

        return ns.operation("again", **declared)(view).operation

    return declare


def test_an_operation_has_a_name_of_its_own(declare):
    declare()

    with pytest.raises(ValueError, match="two operations are called again"):
        declare()


def test_only_what_takes_a_permission_is_open_to_oneself_without(declare):
    with pytest.raises(ValueError, match="again: what takes no permission"):
        declare(own=True)


def test_it_is_told_by_the_docstring(declare):
    operation = declare()

    assert (operation.summary, operation.description) == ("Say it again", "And again.")


def test_it_may_be_told_by_nothing(registry):
    operation = Namespace("echo").operation("mute")(lambda: None).operation

    assert (operation.summary, operation.description) == ("", "")


@pytest.mark.parametrize(
    ("declared", "refusals"),
    [
        ({"public": True}, ALWAYS),
        ({}, ALWAYS | {Unauthenticated}),
        ({"public": True, "refuses": [Conflict, Conflict]}, ALWAYS | {Conflict}),
        ({"public": True, "refuses": [RateLimited]}, ALWAYS),
    ],
)
def test_it_can_be_refused_as_everything_of_its_kind_can(declare, declared, api_errors):
    errors = declare(**declared).api_errors

    assert set(errors) == api_errors
    assert len(errors) == len(api_errors)


def test_with_a_body_it_can_be_refused_for_that(declare):
    errors = declare(public=True, body=Model("Sent", {})).api_errors

    assert set(errors) == ALWAYS | BODILY


@pytest.mark.parametrize(
    ("declared", "limit"),
    [({}, "user"), ({"public": True}, "address"), ({"public": True, "limit": "own"}, "own")],
)
def test_it_is_counted_by_user_or_by_address(declare, declared, limit):
    assert declare(**declared).policy == limit
