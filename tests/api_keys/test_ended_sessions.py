"""A session that ends while a credential is created in it and waits for the account."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import func, select

from api.api_keys.models import ApiKey
from api.core.database import db, transaction
from api.service_accounts.models import ClientCredential, ServiceAccount
from api.sessions import service as sessions
from api.sessions.models import Reason
from api.users.models import User
from tests.api_keys.support import save_service_account
from tests.webhooks.deliveries import wait_for_a_lock


@pytest.fixture(autouse=True)
def concurrent_writers(pytestconfig):
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def post_while_the_session_ends(app, ada):
    """Return a function that posts, and ends the sessions of Ada while that waits for a row."""

    def post(path, body, model, row_id):
        with ThreadPoolExecutor() as threads, app.app_context():
            with transaction():
                db.session.get(model, row_id, with_for_update=True)
                posted = threads.submit(ada.post, path, body, expecting=None)
                wait_in_another_session(app)
                sessions.end_all(UUID(ada.id), reason=Reason.PASSWORD_CHANGED)
            return posted.result(30)

    return post


def wait_in_another_session(app):
    """Wait until the request waits for the row, without ending the present transaction."""
    with ThreadPoolExecutor() as threads:
        threads.submit(run, app, wait_for_a_lock).result(40)


def run(app, act):
    with app.app_context():
        act()


def test_no_api_key_is_created(app, ada, post_while_the_session_ends):
    body = {"name": "Nightly report", "scopes": []}

    answer = post_while_the_session_ends("/api/me/api-keys", body, User, UUID(ada.id))

    assert answer.status_code == 401
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ApiKey)) == 0


def test_no_client_credential_is_created(app, post_while_the_session_ends):
    account = save_service_account(app)
    path = f"/api/service-accounts/{account}/credentials"
    body = {"name": "Secret of 2026", "kind": "client_secret"}

    answer = post_while_the_session_ends(path, body, ServiceAccount, account)

    assert answer.status_code == 401
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ClientCredential)) == 0
