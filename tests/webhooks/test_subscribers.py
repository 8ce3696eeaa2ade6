"""What an event costs that no webhook, or one webhook, receives."""

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import func, select

from api.core.database import db, in_transaction
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.webhooks import service
from api.webhooks.models import WebhookDelivery

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def reads():
    """The statements that read webhooks."""
    statements = []

    def record(_connection, _cursor, statement, *_):
        if statement.startswith("SELECT webhooks."):
            statements.append(statement)

    hooks.listen(db.engine, "before_cursor_execute", record)
    yield statements
    hooks.remove(db.engine, "before_cursor_execute", record)


def create_user():
    emit(Event.USER_CREATED, subject=new_id(), by=OPERATOR)


def create_users():
    for _ in range(50):
        create_user()


def count_deliveries() -> int:
    return db.session.scalar(select(func.count()).select_from(WebhookDelivery))


def test_a_transaction_reads_the_webhooks_once(create, reads):
    create()
    in_transaction(create_users)
    reads.clear()

    in_transaction(create_users)

    assert len(reads) == 1
    assert count_deliveries() == 100


@pytest.mark.parametrize("end", [db.session.commit, db.session.rollback])
def test_the_next_transaction_reads_them_again(create, end):
    create_user()
    end()
    webhook = create(events=["user.created"])

    in_transaction(create_user)
    in_transaction(lambda: service.delete(webhook.id, by=OPERATOR))
    in_transaction(create_user)

    assert count_deliveries() == 1


def test_a_savepoint_is_no_transaction_of_its_own(create, reads):
    create()
    reads.clear()

    with db.session.begin_nested():
        create_user()
    create_user()
    db.session.commit()

    assert len(reads) == 1
    assert count_deliveries() == 2
