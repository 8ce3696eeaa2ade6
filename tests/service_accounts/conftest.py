import pytest

from api.core.database import db, in_transaction
from api.core.permissions import Permission
from api.core.principal import ClientTokenCredential, Principal, PrincipalKind
from api.core.secrets import new_id
from api.roles.models import Role
from api.service_accounts import service
from tests.support import make_principal


@pytest.fixture
def root(user):
    """An administrator with a saved account, who has just logged in, as the caller of a service."""
    account = user("Root", role="admin")
    return make_principal(account.id, frozenset(Permission), session_id=new_id())


@pytest.fixture
def define(context):
    """Save a role without asking the rules."""

    def define_role(name, *permissions):
        role = Role(name=name, description="", version=1)
        role.permissions = permissions
        db.session.add(role)
        db.session.commit()

    return define_role


@pytest.fixture
def make_account(root):
    def make(name="Nightly sync", *roles):
        given = {"name": name, "roles": list(roles)}
        return in_transaction(lambda: service.create(given, by=root))

    return make


@pytest.fixture
def as_caller():
    """Return a service account as the caller of a service."""

    def make(account, permissions=None):
        return Principal(
            kind=PrincipalKind.SERVICE_ACCOUNT,
            id=account.id,
            permissions=account.permissions if permissions is None else frozenset(permissions),
            credential=ClientTokenCredential(new_id()),
        )

    return make
