"""The database itself refuses to change what is in the trail, whoever asks."""

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
BY_POSTGRESQL = ["TRUNCATE audit_events", "TRUNCATE users, audit_chain CASCADE"]
BY_SQLITE = [
    "REPLACE INTO audit_events SELECT * FROM audit_events",
    "REPLACE INTO audit_chain SELECT position, event_id, 'x', format FROM audit_chain",
    "REPLACE INTO audit_chain SELECT position + 1, event_id, 'x', format FROM audit_chain",
]


@pytest.fixture
def standing(happened):
    """Some rows in both tables, which are as they were when the test is over."""
    happened(2)
    in_transaction(lambda: seal_batch(BEGINNING))
    before = rows()
    yield
    assert rows() == before


def rows():
    with db.engine.connect() as connection:
        return [connection.execute(text(f"SELECT * FROM {table}")).all() for table in TABLES]


def rejected(statement):
    with pytest.raises(IntegrityError, match="only grows"), db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.usefixtures("standing")
class TestWhatWasRecorded:
    @pytest.mark.parametrize("statement", CHANGES)
    def test_O_04_can_be_neither_updated_nor_deleted(self, statement):
        rejected(statement)

    @pytest.mark.parametrize("statement", BY_POSTGRESQL)
    def test_O_04_cannot_be_truncated(self, statement, pytestconfig):
        if pytestconfig.getoption("database") != "postgresql":
            pytest.skip("SQLite knows no TRUNCATE")
        rejected(statement)

    @pytest.mark.parametrize("statement", BY_SQLITE)
    def test_O_04_cannot_be_replaced(self, statement, pytestconfig):
        if pytestconfig.getoption("database") != "sqlite":
            pytest.skip("PostgreSQL knows no REPLACE")
        rejected(statement)
