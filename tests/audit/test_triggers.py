"""The database rejects changes to the audit log and to the chain."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api.audit.chain import BEGINNING, seal_batch
from api.core.database import db, in_transaction

pytestmark = pytest.mark.usefixtures("context")

TABLES = ("audit_events", "audit_chain")
CHANGES = [
    "UPDATE audit_events SET event = 'user.praised'",
    "DELETE FROM audit_events",
    "UPDATE audit_chain SET digest = 'x'",
    "UPDATE audit_chain SET position = 7 WHERE position = 1",
    "DELETE FROM audit_chain",
]
POSTGRESQL_CHANGES = ["TRUNCATE audit_events", "TRUNCATE users, audit_chain CASCADE"]
SQLITE_CHANGES = [
    "REPLACE INTO audit_events SELECT * FROM audit_events",
    "REPLACE INTO audit_chain SELECT position, event_id, 'x', format FROM audit_chain",
    "REPLACE INTO audit_chain SELECT position + 1, event_id, 'x', format FROM audit_chain",
]


@pytest.fixture
def sealed_events(add_events):
    """Add rows to both tables, and assert after the test that they are unchanged."""
    add_events(2)
    in_transaction(lambda: seal_batch(BEGINNING))
    before = read_rows()
    yield
    assert read_rows() == before


def read_rows():
    with db.engine.connect() as connection:
        return [connection.execute(text(f"SELECT * FROM {table}")).all() for table in TABLES]


def require_rejection(statement):
    with pytest.raises(IntegrityError, match="only grows"), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.usefixtures("sealed_events")
class TestRecordedRows:
    @pytest.mark.parametrize("statement", CHANGES)
    def test_O_04_they_can_be_neither_updated_nor_deleted(self, statement):
        require_rejection(statement)

    @pytest.mark.parametrize("statement", POSTGRESQL_CHANGES)
    def test_O_04_they_cannot_be_truncated(self, statement, pytestconfig):
        if pytestconfig.getoption("database") != "postgresql":
            pytest.skip("SQLite has no TRUNCATE")
        require_rejection(statement)

    @pytest.mark.parametrize("statement", SQLITE_CHANGES)
    def test_O_04_they_cannot_be_replaced(self, statement, pytestconfig):
        if pytestconfig.getoption("database") != "sqlite":
            pytest.skip("PostgreSQL has no REPLACE")
        require_rejection(statement)
