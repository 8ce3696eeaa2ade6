"""Imports at the same time as other transactions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import update

from api.commands.transfer_targets import DatabaseTarget, ImportMode
from api.core.database import db
from api.transfer.errors import TooManyRows
from api.transfer.outcomes import OnConflict
from api.users.models import User
from tests.transfer.conftest import list_rules, make_rows, write_ndjson


def import_chunk(body, key, on_conflict=OnConflict.REPORT):
    """Import a chunk as the command does, which tries again while the database is busy."""
    mode = ImportMode(dry_run=False, on_conflict=on_conflict)
    return DatabaseTarget().import_chunk(body, mode=mode, key=key)


def run_both(app, work):
    def run(key):
        with app.app_context():
            return work(key)

    with ThreadPoolExecutor(2) as threads:
        return [done.result(60) for done in [threads.submit(run, key) for key in ("1", "2")]]


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

        first, second = run_both(app, lambda key: import_chunk(body, key))

        assert first.created + second.created == len(read_accounts()) == 600
        assert first.unchanged + second.unchanged == 600


class TestConcurrentUpdates:
    def test_A_06_accounts_are_locked_in_the_order_of_their_ids(self, import_rows):
        rows = make_rows(30)
        import_rows(*rows)
        changed = [{**row, "display_name": "Other"} for row in rows]
        locked = []

        def record(_connection, _cursor, statement, parameters, *_):
            if "FOR UPDATE" in statement and "FROM users" in statement:
                locked.append((statement, parameters))

        hooks.listen(db.engine, "before_cursor_execute", record)
        import_rows(*reversed(changed), on_conflict=OnConflict.UPDATE)
        hooks.remove(db.engine, "before_cursor_execute", record)

        if db.engine.dialect.name == "postgresql":
            statement, parameters = locked[0]
            assert "ORDER BY users.id" in statement
            assert len(parameters) == 30

    def test_A_06_two_updates_in_reverse_order_both_succeed(self, app, import_rows, read_accounts):
        rows = make_rows(200)
        import_rows(*rows)
        bodies = {
            "1": write_ndjson(*({**row, "display_name": "1"} for row in rows)),
            "2": write_ndjson(*({**row, "display_name": "2"} for row in reversed(rows))),
        }

        results = run_both(app, lambda key: import_chunk(bodies[key], key, OnConflict.UPDATE))

        assert [result.updated for result in results] == [200, 200]
        assert len({account.display_name for account in read_accounts().values()}) == 1

    def test_A_06_a_request_updates_a_bounded_number_of_rows(self, import_rows):
        assert import_rows(*make_rows(500), on_conflict=OnConflict.UPDATE).created == 500

        with pytest.raises(TooManyRows) as error:
            import_rows(*make_rows(501), on_conflict=OnConflict.UPDATE)
        assert error.value.members["max_rows"] == 500

    def test_A_06_an_account_that_needs_no_update_is_not_locked(self, import_rows):
        rows = make_rows(3)
        import_rows(*rows)
        statements = []

        def record(_connection, _cursor, statement, *_):
            statements.append(statement)

        hooks.listen(db.engine, "before_cursor_execute", record)
        import_rows(*rows, on_conflict=OnConflict.UPDATE)
        hooks.remove(db.engine, "before_cursor_execute", record)

        assert not any("FOR UPDATE" in each and "FROM users" in each for each in statements)

    @pytest.mark.parametrize(
        ("options", "chunks"), [([], [200, 200, 150]), (["--chunk-rows", 1000], [500, 50])]
    )
    def test_A_06_the_command_sends_smaller_chunks_for_an_update(
        self, rollbook, write_file, read_events, options, chunks
    ):
        rollbook("import", write_file(*make_rows(550)), "--update", *options)

        created = [details["created"] for _, _, details in read_events("users.imported")]
        assert created == chunks
