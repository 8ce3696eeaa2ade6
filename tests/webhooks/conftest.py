import pytest

from api.core.database import in_transaction
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import service
from tests.support import make_principal
from tests.webhooks.receiver import receive

URL = "https://example.org/hook"


@pytest.fixture
def receiver():
    with receive() as started:
        yield started


@pytest.fixture
def create(context):
    """Create a webhook, and return it with its secret."""

    def create_webhook(url=URL, events=("*",), by=OPERATOR, **members):
        given = {"url": url, "events": list(events), **members}
        return in_transaction(lambda: service.create(given, by=by))

    return create_webhook


@pytest.fixture
def manager():
    """Someone who manages webhooks, and may not read the audit log."""
    return make_principal(new_id(), {Permission.WEBHOOKS_READ, Permission.WEBHOOKS_WRITE})


@pytest.fixture
def auditor():
    """Someone who manages webhooks, and may read the audit log."""
    permissions = {Permission.WEBHOOKS_READ, Permission.WEBHOOKS_WRITE, Permission.AUDIT_READ}
    return make_principal(new_id(), permissions)
