"""No account gets the id of a purged user, because other services may still know it."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from api.core import clock
from api.core.database import db, in_transaction, transaction
from api.core.principal import OPERATOR
from api.transfer import service as transfer
from api.transfer.formats import Format
from api.users import purging
from api.users.models import User

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def purged_id(user):
    ada = user("Ada", deleted_at=clock.now() - timedelta(days=365))
    assert in_transaction(purging.purge_batch) == 1
    return ada.id


def insert_user(user_id):
    with transaction():
        db.session.add(User(id=user_id, username="eve", email="eve@example.org"))


def test_S_07_no_account_gets_the_id_of_a_purged_user(purged_id):
    with pytest.raises(IntegrityError):
        insert_user(purged_id)


def test_S_07_an_import_rejects_the_id_of_a_purged_user(purged_id):
    row = f'{{"id": "{purged_id}", "username": "eve", "email": "eve@example.org"}}\n'
    result = in_transaction(
        lambda: transfer.import_users(row.encode(), format=Format.NDJSON, by=OPERATOR)
    )

    [rejected] = result.rows
    assert result.created == 0
    assert [(error.pointer, error.rule) for error in rejected.errors] == [("/id", "id_taken")]


def test_S_07_the_names_of_a_purged_user_are_free(purged_id, user):
    assert user("Ada").id != purged_id
