import pytest

from api.core.permissions import Permission
from api.core.secrets import new_id
from tests.support import make_principal


@pytest.fixture
def root():
    """A caller with all permissions."""
    return make_principal(new_id(), frozenset(Permission))


@pytest.fixture
def clerk():
    """A caller who may define roles and read users."""
    permissions = {Permission.ROLES_READ, Permission.ROLES_WRITE, Permission.USERS_READ}
    return make_principal(new_id(), frozenset(permissions))
