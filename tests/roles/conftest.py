import pytest

from api.core.actor import Actor, Permission
from api.core.secrets import new_id


@pytest.fixture
def root():
    return Actor(new_id(), frozenset(Permission))


@pytest.fixture
def clerk():
    """Somebody who defines roles, and may read accounts."""
    allowed = {Permission.ROLES_READ, Permission.ROLES_WRITE, Permission.USERS_READ}
    return Actor(new_id(), frozenset(allowed))
