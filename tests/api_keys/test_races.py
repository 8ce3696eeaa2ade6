"""Creating keys and client credentials while the session of the caller ends."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update

from api.api_keys.models import ApiKey
from api.core import clock
from api.core.database import autocommit, db
from api.service_accounts.models import ClientCredential, ServiceAccount
from api.sessions.models import Session
from api.users.models import User
from tests.api_keys.support import save_service_account

COUNT_WAITING = text("""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
""")
SECRET = {"kind": "client_secret", "name": "Secret"}


@pytest.fixture(autouse=True)
def _on_postgresql(pytestconfig):
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def end_session_during(app, ada):
    """Return a function that asks while a row is locked, and ends the session meanwhile."""

    def is_lock_awaited():
        with autocommit() as connection:
            return connection.scalar(COUNT_WAITING)

    def end(row, path, body):
        with app.app_context(), ThreadPoolExecutor(1) as pool:
            with db.engine.begin() as reset:
                reset.execute(row.with_for_update())
                asked = pool.submit(ada.post, path, body, expecting=None)
                while not is_lock_awaited():
                    assert not asked.done()
                ended = update(Session).where(Session.id == ada.session_id)
                reset.execute(ended.values(ended_at=clock.now()))
            return asked.result().status_code

    return end


def count_rows(app, table):
    with app.app_context():
        return db.session.query(table).count()


def test_no_key_is_created_after_the_session_has_ended(app, ada, end_session_during):
    row = select(User.id).where(User.id == ada.id)

    status = end_session_during(row, "/api/me/api-keys", {"name": "Report", "scopes": []})

    assert (status, count_rows(app, ApiKey)) == (401, 0)


def test_no_key_is_rotated_after_the_session_has_ended(app, ada, create, end_session_during):
    row = select(User.id).where(User.id == ada.id)

    status = end_session_during(row, f"/api/me/api-keys/{create()['id']}/rotate", {})

    assert (status, count_rows(app, ApiKey)) == (401, 1)


def test_no_credential_is_created_after_the_session_has_ended(app, end_session_during):
    account_id = save_service_account(app)
    row = select(ServiceAccount.id).where(ServiceAccount.id == account_id)
    path = f"/api/service-accounts/{account_id}/credentials"

    status = end_session_during(row, path, SECRET)

    assert (status, count_rows(app, ClientCredential)) == (401, 0)
