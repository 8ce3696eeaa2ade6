"""What can be declared of an operation, and what follows from the declaration."""

import pytest

from api.core.errors import (
    Conflict,
    DatabaseUnavailable,
    EmailNotVerified,
    InvalidRequest,
    Overloaded,
    PasswordChangeRequired,
    PermissionDenied,
    RateLimited,
    SessionRequired,
    SigningKeyLocked,
    Unauthenticated,
)
from api.core.permissions import Permission
from api.web.http_errors import BadRequest, InternalError, PayloadTooLarge, UnsupportedMediaType
from api.web.restx import Namespace
from api.web.schemas import Model

ALWAYS = {InternalError, RateLimited, InvalidRequest, DatabaseUnavailable, Overloaded}
OF_CALLERS = {Unauthenticated, SigningKeyLocked}
OF_PEOPLE = OF_CALLERS | {SessionRequired}
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


def test_an_operation_has_an_id_of_its_own(declare):
    declare(public=True)

    with pytest.raises(ValueError, match="two operations are called again"):
        declare(public=True)


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"public": True, "authenticated": True},
        {"public": True, "permission": Permission.USERS_READ},
        {"authenticated": True, "permission": Permission.USERS_READ},
    ],
)
def test_S_01_an_operation_declares_exactly_one_kind_of_access(declare, declared):
    with pytest.raises(ValueError, match="again: declare public, authenticated or permission"):
        declare(**declared)


def test_own_needs_a_permission(declare):
    with pytest.raises(ValueError, match="again: own needs a permission"):
        declare(authenticated=True, own=True)


@pytest.mark.parametrize(
    ("declared", "requires_session"),
    [
        ({"public": True}, False),
        ({"authenticated": True}, True),
        ({"authenticated": True, "accepts_programs": True}, False),
        ({"permission": Permission.USERS_READ}, False),
        ({"permission": Permission.USERS_READ, "accepts_programs": False}, True),
    ],
)
def test_K_03_an_operation_accepts_programs_if_it_has_a_permission_or_says_so(
    declare, declared, requires_session
):
    assert declare(**declared).requires_session is requires_session


def test_the_docstring_documents_it(declare):
    operation = declare(public=True)

    assert (operation.summary, operation.description) == ("Say it again", "And again.")


def test_the_docstring_may_be_missing(registry):
    operation = Namespace("echo").operation("mute", public=True)(lambda: None).operation

    assert (operation.summary, operation.description) == ("", "")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"public": True}, ALWAYS),
        ({"authenticated": True}, ALWAYS | OF_PEOPLE | {EmailNotVerified, PasswordChangeRequired}),
        (
            {"authenticated": True, "accepts_programs": True},
            ALWAYS | OF_CALLERS | {EmailNotVerified, PasswordChangeRequired},
        ),
        (
            {
                "authenticated": True,
                "allow_temporary_password": True,
                "allow_unverified_email": True,
            },
            ALWAYS | OF_PEOPLE,
        ),
        (
            {"permission": Permission.USERS_READ},
            ALWAYS | OF_CALLERS | {EmailNotVerified, PasswordChangeRequired, PermissionDenied},
        ),
        ({"public": True, "errors": [Conflict, Conflict]}, ALWAYS | {Conflict}),
        ({"public": True, "errors": [RateLimited]}, ALWAYS),
        ({"public": True, "reads_database": False}, ALWAYS - {DatabaseUnavailable}),
        ({"public": True, "body": Model("Sent", {})}, ALWAYS | BODILY),
    ],
)
def test_it_documents_the_errors_of_its_kind_once(declare, declared, expected):
    errors = declare(**declared).documented_errors

    assert set(errors) == expected
    assert len(errors) == len(expected)


@pytest.mark.parametrize(
    ("declared", "policy"),
    [
        ({"authenticated": True}, "user"),
        ({"public": True}, "address"),
        ({"public": True, "limit": "own"}, "own"),
    ],
)
def test_it_is_counted_per_principal_or_per_client_address(declare, declared, policy):
    assert declare(**declared).policy == policy
