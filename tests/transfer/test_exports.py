"""The pages of an export, and importing them without loss."""

from datetime import UTC, datetime
from itertools import chain

import orjson
import pytest
from sqlalchemy import update

from api.core.database import db
from api.core.errors import InvalidRequest, PermissionDenied, StepUpRequired
from api.core.permissions import Permission
from api.core.principal import OPERATOR
from api.core.secrets import new_id
from api.transfer import exports
from api.users.models import User
from tests.support import make_principal
from tests.transfer.conftest import ADA, GRACE, make_rows
from tests.transfer.test_service import COMPLETE


def export_page(*, by=OPERATOR, **query):
    return exports.export_users({"limit": 1000, "hashes": False, "deleted": False, **query}, by=by)


def read_names(page):
    return [orjson.loads(line)["username"] for line in page.content.splitlines()]


def read_pages(**query):
    """Yield the names of each page to the last."""
    page = export_page(**query)
    yield read_names(page)
    while page.next:
        page = export_page(**query, cursor=page.next)
        yield read_names(page)


def read_columns(user):
    columns = {column.name: getattr(user, column.name) for column in User.__table__.columns}
    return {**columns, "roles": user.roles}


def test_an_import_of_an_export_loses_nothing(import_rows, read_accounts):
    import_rows(
        COMPLETE, GRACE, {**ADA, "username": "Eve", "email": "e@b.org", "display_name": "É"}
    )
    page = export_page(hashes=True)
    before = {name: read_columns(user) for name, user in read_accounts().items()}
    db.session.query(User).delete()
    db.session.commit()

    assert import_rows(body=page.content).created == page.rows == 3

    assert {name: read_columns(user) for name, user in read_accounts().items()} == before
    assert export_page(hashes=True).content == page.content
    assert import_rows(body=page.content).unchanged == 3


@pytest.mark.parametrize(
    ("limit", "sizes"), [(7, [7, 7, 6]), (10, [10, 10]), (20, [20]), (50, [20])]
)
def test_the_pages_contain_each_user_once(import_rows, monkeypatch, limit, sizes):
    monkeypatch.setattr(exports, "BATCH_ROWS", 4)
    import_rows(*make_rows(20))

    pages = list(read_pages(limit=limit))

    assert [len(names) for names in pages] == sizes
    assert sorted(chain.from_iterable(pages)) == sorted(row["username"] for row in make_rows(20))


def test_a_page_is_limited_in_bytes(import_rows, monkeypatch):
    monkeypatch.setattr(exports, "BATCH_ROWS", 5)
    monkeypatch.setattr(exports, "MAX_PAGE_BYTES", 1)
    import_rows(*make_rows(12))

    assert [len(names) for names in read_pages()] == [5, 5, 2]


def test_an_account_that_exists_during_the_whole_export_is_on_one_page(import_rows, read_accounts):
    import_rows(*make_rows(30))
    pages = read_pages(limit=10)
    names = next(pages)
    db.session.execute(update(User).values(updated_at=datetime.now(UTC)))
    db.session.query(User).filter_by(id=read_accounts()["person3"].id).delete()
    db.session.commit()
    import_rows(ADA)

    names += chain.from_iterable(pages)

    assert len(names) == len(set(names))
    assert {row["username"] for row in make_rows(30)} - {"person3"} <= set(names)


def test_filters_select_accounts(import_rows):
    import_rows(COMPLETE, GRACE)

    assert read_names(export_page(status="suspended")) == ["ada"]
    assert read_names(export_page(q="gra")) == ["grace"]


def test_an_export_without_users_is_one_empty_page(context):
    assert export_page() == exports.ExportPage(b"", 0, None)


def test_a_cursor_that_is_not_valid_is_rejected(context):
    with pytest.raises(InvalidRequest):
        export_page(cursor="x")


def test_hashes_are_exported_on_request(import_rows, read_events):
    import_rows(COMPLETE)

    assert b"password_hash" not in export_page().content
    assert COMPLETE["password_hash"].encode() in export_page(hashes=True).content
    assert [details for _, _, details in read_events("users.exported")] == [
        {"hashes": False},
        {"hashes": True},
    ]


def test_A_05_hashes_require_their_own_permission(context, read_events):
    by = make_principal(new_id(), frozenset(Permission) - {Permission.USERS_HASHES})

    with pytest.raises(PermissionDenied) as error:
        export_page(by=by, hashes=True)

    assert error.value.members["permission"] == "users:hashes"
    assert read_events("users.exported") == []
    assert export_page(by=by).rows == 0


def test_S_10_hashes_require_a_recent_authentication(context):
    by = make_principal(new_id(), frozenset(Permission))

    with pytest.raises(StepUpRequired):
        export_page(by=by, hashes=True)
