"""Imports at the same time as other transactions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import update

from api.core.database import db, in_transaction
from api.core.principal import OPERATOR
from api.transfer import service
from api.transfer.formats import Format
from api.users.models import User
from tests.transfer.conftest import list_rules, make_rows, write_ndjson


class TestConcurrentImports:
    def test_a_name_that_is_taken_before_the_insert_is_a_conflict_of_its_row(self, import_rows):
        if db.engine.dialect.name == "sqlite":
            pytest.skip("a SQLite database has one writer at a time")

        def rename_another(_connection, _cursor, statement, *_):
            if statement.startswith("INSERT INTO users") and others:
                old_key, new_key = others.popitem()
                with db.engine.begin() as connection:
                    renamed = update(User).filter_by(username_key=old_key)
                    connection.execute(renamed.values(username_key=new_key))

        others = {"ada": "person3", "eve": "person9", "ivy": "person17"}
        import_rows(*({"username": name, "email": f"{name}@example.org"} for name in others))
        hooks.listen(db.engine, "before_cursor_execute", rename_another)
        result = import_rows(*make_rows(20))
        hooks.remove(db.engine, "before_cursor_execute", rename_another)

        assert [row.line for row in result.rows] == [4, 10, 18]
        assert [list_rules(row) for row in result.rows] == [
            [("/username", "conflict"), ("/email", "conflict")]
        ] * 3
        assert result.created == 17

    def test_two_imports_of_one_file_create_each_account_once(self, app, read_accounts):
        body = write_ndjson(*make_rows(600))

        def run():
            with app.app_context():
                return in_transaction(
                    lambda: service.import_users(body, format=Format.NDJSON, by=OPERATOR)
                )

        with ThreadPoolExecutor(2) as threads:
            first, second = (done.result(60) for done in [threads.submit(run) for _ in range(2)])

        assert first.created + second.created == len(read_accounts()) == 600
        assert first.unchanged + second.unchanged == 600
