import pytest

from api.core.permissions import Permission
from tests.support import make_principal


@pytest.fixture
def root(user):
    """An administrator with a saved account, as the caller of a service."""
    return make_principal(user("Root", role="admin").id, frozenset(Permission))
