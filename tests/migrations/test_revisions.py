"""Migrations create the schema of the models, on both databases."""

import runpy
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import DateTime, Uuid, column, insert, inspect, select, table, text
from sqlalchemy.exc import IntegrityError

from api import config, models
from api.app import create_app
from api.audit import formats
from api.audit.chain import BEGINNING, seal_batch
from api.audit.models import AuditEvent
from api.audit.verification import find_damage
from api.commands.migrate import downgrade, upgrade
from api.core.clock import now
from api.core.database import Base, db, in_transaction, transaction
from api.core.secrets import new_id
from api.migrations import newest_revision
from api.roles.models import UserRole
from api.users.models import PurgedAccount, User
from tests.support import TESTING, dispose

TABLES = {getattr(models, name).__tablename__ for name in models.__all__}
SCRIPTS = ScriptDirectory(config.MIGRATIONS)


@pytest.fixture(params=["of_the_run", "sqlite"])
def url(request, databases, tmp_path):
    """The URL of an empty or migrated database for this test alone."""
    if request.param == "of_the_run":
        mine = databases.clone()
        yield mine
        databases.drop(mine)
    else:
        yield f"sqlite:///{tmp_path}/rollbook.sqlite"


@pytest.fixture
def migrated(url) -> Flask:
    app = create_app({**TESTING, "SQLALCHEMY_DATABASE_URI": url})
    with app.app_context():
        upgrade()
        yield app
    dispose(app)


def list_tables():
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def read_schema():
    """Return columns, indexes and constraints as the database reports them."""
    inspector = inspect(db.engine)
    parts = (
        inspector.get_columns,
        inspector.get_indexes,
        inspector.get_unique_constraints,
        inspector.get_check_constraints,
        inspector.get_foreign_keys,
    )
    found = {
        (table, part.__name__, each["name"]): _to_text(each)
        for table in TABLES
        for part in parts
        for each in part(table)
    }
    return found | {
        (table, "key"): _to_text(inspector.get_pk_constraint(table)) for table in TABLES
    }


def _to_text(part):
    """Return text for comparison: types with their collation."""
    return {
        name: (_format_value(value), getattr(value, "collation", None))
        for name, value in part.items()
    }


def _format_value(value):
    if isinstance(value, dict):
        return {name: str(inner) for name, inner in value.items()}
    return str(value)


def is_for_this_database(item, name, kind, reflected, other):
    """Exclude indexes of the other database, which Alembic does not do by itself."""
    meant = getattr(item, "_ddl_if", None)
    return meant is None or meant.dialect == db.engine.dialect.name


@pytest.mark.filterwarnings(  # the models create this index on PostgreSQL only
    "ignore:autogenerate skipping metadata-specified expression-based index"
)
def test_migrations_create_the_tables_of_the_models(migrated):
    with db.engine.connect() as connection:
        options = {"compare_server_default": True, "include_object": is_for_this_database}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)

    assert differences == []
    assert list_tables() == TABLES


def test_migrations_create_the_same_schema_as_the_models(migrated):
    by_migrations = read_schema()
    db.drop_all()
    db.create_all()

    assert read_schema() == by_migrations


def test_migrations_can_be_reverted_and_applied_again(migrated):
    before = read_schema()

    downgrade("base")
    assert list_tables() == set()

    upgrade()
    assert read_schema() == before


def test_administrators_keep_their_role_in_both_directions(migrated):
    """Rows that refer to accounts survive the copy that SQLite makes to change a table."""
    before = text("SELECT username, role FROM users")
    downgrade("0001")
    add_people_of_0001()

    upgrade()
    assert fetch_rows(select_roles()) == [("ada", None), ("root", "admin")]

    downgrade("0001")
    assert fetch_rows(before) == [("ada", "user"), ("root", "admin")]


def test_foreign_keys_are_enforced_after_migrations(migrated):
    stray = insert(UserRole).values(user_id=new_id(), role="admin")

    with pytest.raises(IntegrityError), transaction():
        db.session.execute(stray)


def test_a_downgrade_below_soft_deletion_removes_deleted_users(migrated):
    with transaction():
        for number, deleted_at in enumerate((now(), now(), None)):
            ada = User(username="ada", email="ada@example.org", deleted_at=deleted_at)
            db.session.add(ada)
            db.session.flush()
            db.session.add(UserRole(user_id=ada.id, role="admin"))
            ada.display_name = f"Ada {number}"

    downgrade("0003")

    assert fetch_rows(text("SELECT display_name FROM users")) == [("Ada 2",)]
    assert fetch_rows(select_roles()) == [("ada", "admin")]
    upgrade()
    assert fetch_rows(text("SELECT display_name, version FROM users")) == [("Ada 2", 1)]


def test_S_07_ids_of_users_purged_earlier_stay_taken(migrated):
    downgrade("0006")
    purged = new_id()
    with db.engine.begin() as connection:
        event = {"id": new_id(), "at": now(), "event": "user.purged", "subject_id": purged}
        connection.execute(insert(AuditEvent).values(**event, details={}))

    upgrade()

    with db.engine.connect() as connection:
        assert connection.scalars(select(PurgedAccount.id)).all() == [purged]


def test_a_chain_without_formats_still_verifies(migrated, monkeypatch):
    monkeypatch.setattr(formats, "CURRENT", 1)  # as the version that seals
    with transaction():
        db.session.add(AuditEvent(at=now(), event="user.created", subject_id=new_id(), details={}))
    in_transaction(lambda: seal_batch(BEGINNING))

    downgrade("0006")
    upgrade()

    assert list(find_damage()) == []


def select_roles():
    return text(
        "SELECT username, user_roles.role FROM users LEFT JOIN user_roles ON user_id = users.id"
    )


def fetch_rows(statement):
    with db.engine.connect() as connection:
        return sorted(map(tuple, connection.execute(statement)))


def add_people_of_0001():
    people = table(
        "users",
        column("id", Uuid()),
        *map(column, ("username", "username_key", "email", "email_key")),
        *map(column, ("role", "status", "token_generation")),
        column("created_at", DateTime(timezone=True)),
        column("updated_at", DateTime(timezone=True)),
    )
    with db.engine.begin() as connection:
        for name, role in (("ada", "user"), ("root", "admin")):
            names = dict.fromkeys(("username", "username_key", "email", "email_key"), name)
            timestamps = dict.fromkeys(("created_at", "updated_at"), now())
            state = {"id": new_id(), "role": role, "status": "active", "token_generation": 0}
            connection.execute(insert(people).values(**names, **timestamps, **state))


def test_the_newest_revision_is_found_without_loading_alembic():
    assert [newest_revision()] == SCRIPTS.get_heads()


def test_each_revision_has_a_description():
    assert all(revision.doc for revision in SCRIPTS.walk_revisions())


def test_revisions_outside_an_application_name_the_command():
    with pytest.raises(RuntimeError, match="rollbook migrate"):
        runpy.run_path(str(Path(config.MIGRATIONS) / "env.py"))
