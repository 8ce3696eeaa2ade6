"""The catalogue of errors, from which the contract and the pages about errors are written."""

import re
from http import HTTPStatus

import pytest

import api.app  # noqa: F401  imports the errors of all capabilities
from api.core.errors import (
    ApiError,
    InvalidRequest,
    Overloaded,
    PermissionDenied,
    RateLimited,
    Unauthenticated,
    ValidationError,
    catalogue,
)

KINDS = [kind for kind in catalogue() if kind.__module__.startswith("api.")]
CODES = [kind.code for kind in KINDS]


def test_a_code_has_one_meaning():
    every, waiting = [], [ApiError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        every += [kind.code] if "code" in vars(kind) and kind.__module__.startswith("api.") else []

    assert sorted(every) == sorted(CODES)


def test_the_catalogue_is_in_the_order_of_status_and_code():
    places = [(kind.status, kind.code) for kind in catalogue()]

    assert places == sorted(places)


@pytest.mark.parametrize("kind", KINDS, ids=CODES)
def test_an_error_describes_the_problem_and_the_remedy(kind):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
    assert HTTPStatus(kind.status) >= HTTPStatus.BAD_REQUEST
    assert kind.title[0].isupper()
    assert not kind.title.endswith(".")
    for sentence in (kind.detail, kind.remedy):
        assert sentence[0].isupper()
        assert sentence.endswith(".")


@pytest.mark.parametrize("title", sorted({kind.title for kind in KINDS}))
def test_a_title_names_one_code(title):
    assert [kind.title for kind in KINDS].count(title) == 1


def test_the_text_of_an_error_is_its_code():
    assert str(Overloaded()) == "overloaded"


@pytest.mark.parametrize(
    ("api_error", "headers", "members"),
    [
        (Unauthenticated(), {"WWW-Authenticate": 'Bearer realm="rollbook"'}, {}),
        (PermissionDenied("users:read"), {}, {"permission": "users:read"}),
        (PermissionDenied(), {}, {}),
        (Overloaded(), {"Retry-After": "1"}, {}),
        (Overloaded(7), {"Retry-After": "7"}, {}),
        (
            InvalidRequest([ValidationError("/email", "format", "must be a valid email")]),
            {},
            {"errors": [ValidationError("/email", "format", "must be a valid email")]},
        ),
        (
            RateLimited("login", 10, 60, 42),
            {
                "Retry-After": "42",
                "RateLimit-Policy": '"login";q=10;w=60',
                "RateLimit": '"login";r=0;t=42',
            },
            {},
        ),
    ],
)
def test_an_error_has_headers_and_members(api_error, headers, members):
    assert (api_error.headers, api_error.members) == (headers, members)


def test_only_these_errors_commit():
    commits = {
        "invalid_credentials",
        "refresh_token_reused",
        "invalid_client",
        "invalid_scope",
        "invalid_target",
    }
    assert {kind.code for kind in KINDS if kind.commits} == commits
