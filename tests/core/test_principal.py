"""What a principal may do, and how recently it has to have authenticated."""

from datetime import timedelta
from uuid import UUID

import pytest

from api.core import clock
from api.core.errors import PermissionDenied, SessionRequired, StepUpRequired
from api.core.permissions import DESCRIPTIONS, Permission
from api.core.principal import (
    OPERATOR,
    ApiKeyCredential,
    ClientTokenCredential,
    Principal,
    PrincipalKind,
)
from tests.support import make_principal

ADA = UUID("01939e7a-8c5b-7c3e-9a44-0c8b5d7e2f10")
READER = frozenset({Permission.USERS_READ})


def test_a_principal_with_the_permission_passes():
    make_principal(ADA, READER).require(Permission.USERS_READ)


def test_a_missing_permission_is_named():
    with pytest.raises(PermissionDenied) as error:
        make_principal(ADA, READER).require(Permission.USERS_WRITE)

    assert error.value.members == {"permission": "users:write"}


def test_of_several_missing_permissions_the_first_is_named():
    with pytest.raises(PermissionDenied) as error:
        make_principal(ADA, READER).require_all(set(Permission))

    assert error.value.members == {"permission": "api_keys:read"}


def test_rows_keep_the_id_of_every_principal_but_the_operator():
    assert make_principal(ADA, READER).recorded_id == ADA
    assert OPERATOR.recorded_id is None


def test_the_operator_has_every_permission():
    OPERATOR.require_all(set(Permission))


def test_recent_authentication_passes():
    recently = clock.now() - timedelta(seconds=5)

    make_principal(ADA, authenticated_at=recently).require_recent_authentication(max_age_seconds=10)


@pytest.mark.parametrize(
    "principal",
    [
        make_principal(ADA),
        make_principal(ADA, authenticated_at=clock.now() - timedelta(days=1)),
    ],
    ids=["no credential", "long ago"],
)
def test_S_10_other_credentials_have_to_authenticate_again(principal):
    with pytest.raises(StepUpRequired) as error:
        principal.require_recent_authentication(max_age_seconds=600)

    assert error.value.members == {"max_age": 600}


@pytest.mark.parametrize("credential", [ApiKeyCredential(ADA), ClientTokenCredential(ADA)])
def test_K_03_a_program_cannot_authenticate_again(credential):
    program = Principal(kind=PrincipalKind.USER, id=ADA, credential=credential)

    with pytest.raises(SessionRequired):
        program.require_recent_authentication(max_age_seconds=600)


def test_S_10_the_operator_need_not_authenticate_again():
    OPERATOR.require_recent_authentication(max_age_seconds=0)


def test_every_permission_is_described():
    assert DESCRIPTIONS.keys() == set(Permission)
