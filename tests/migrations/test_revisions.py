"""The schema that migrations make is the one that the models speak of, on both databases."""

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
from api.audit.chain import BEGINNING, seal_batch
from api.audit.models import AuditEvent
from api.audit.verification import find_damage
from api.commands.migrate import downgrade, upgrade
from api.core.clock import now
from api.core.database import Base, db, in_transaction, transaction
from api.core.secrets import new_id
from api.migrations import newest_revision
from api.roles.models import UserRole
from api.users.models import PurgedUser, User
from tests.support import TESTING, dispose

TABLES = {getattr(models, name).__tablename__ for name in models.__all__}
SCRIPTS = ScriptDirectory(config.MIGRATIONS)


@pytest.fixture(params=["of_the_run", "sqlite"])
def url(request, databases, tmp_path):
    """A migrated database of the test's own."""
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


def tables():
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def schema():
    """Everything that the database itself says of our tables."""
    inspector = inspect(db.engine)
    parts = (
        inspector.get_columns,
        inspector.get_indexes,
        inspector.get_unique_constraints,
        inspector.get_check_constraints,
        inspector.get_foreign_keys,
    )
    found = {
        (table, part.__name__, each["name"]): _told(each)
        for table in TABLES
        for part in parts
        for each in part(table)
    }
    return found | {(table, "key"): _told(inspector.get_pk_constraint(table)) for table in TABLES}


def _told(part):
    """Say it in words: types are compared by what they look like, collation included."""
    return {
        name: (_in_words(value), getattr(value, "collation", None)) for name, value in part.items()
    }


def _in_words(value):
    if isinstance(value, dict):
        return {name: str(inner) for name, inner in value.items()}
    return str(value)


def is_made_here(item, name, kind, reflected, other):
    """Leave out indexes that only another database has, which Alembic does not ask about."""
    meant = getattr(item, "_ddl_if", None)
    return meant is None or meant.dialect == db.engine.dialect.name


def test_they_make_the_tables_of_the_models(migrated):
    with db.engine.connect() as connection:
        options = {"compare_server_default": True, "include_object": is_made_here}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)

    assert differences == []
    assert tables() == TABLES


def test_they_make_what_the_models_would_make_constraints_and_collations_included(migrated):
    by_migrations = schema()
    db.drop_all()
    db.create_all()

    assert schema() == by_migrations


def test_they_lead_back_to_nothing_and_up_again(migrated):
    before = schema()

    downgrade("base")
    assert tables() == set()

    upgrade()
    assert schema() == before


def test_who_administered_before_there_were_roles_does_so_after_and_again(migrated):
    """Rows that refer to accounts outlive what SQLite has to do to change a table."""
    before = text("SELECT username, role FROM users")
    downgrade("0001")
    add_people_of_0001()

    upgrade()
    assert rows(held()) == [("ada", None), ("root", "admin")]

    downgrade("0001")
    assert rows(before) == [("ada", "user"), ("root", "admin")]


def test_references_hold_again_when_they_are_done(migrated):
    stray = insert(UserRole).values(user_id=new_id(), role="admin")

    with pytest.raises(IntegrityError), transaction():
        db.session.execute(stray)


def test_whoever_is_deleted_is_gone_where_deletion_cannot_be_undone(migrated):
    with transaction():
        for number, deleted_at in enumerate((now(), now(), None)):
            ada = User(username="ada", email="ada@example.org", deleted_at=deleted_at)
            db.session.add(ada)
            db.session.flush()
            db.session.add(UserRole(user_id=ada.id, role="admin"))
            ada.display_name = f"Ada {number}"

    downgrade("0003")

    assert rows(text("SELECT display_name FROM users")) == [("Ada 2",)]
    assert rows(held()) == [("ada", "admin")]
    upgrade()
    assert rows(text("SELECT display_name, version FROM users")) == [("Ada 2", 1)]


def test_S_07_the_ids_of_users_purged_before_are_taken_after(migrated):
    downgrade("0006")
    purged = new_id()
    with db.engine.begin() as connection:
        event = {"id": new_id(), "at": now(), "event": "user.purged", "subject_id": purged}
        connection.execute(insert(AuditEvent).values(**event, details={}))

    upgrade()

    with db.engine.connect() as connection:
        assert connection.scalars(select(PurgedUser.id)).all() == [purged]


def test_a_chain_made_before_its_entries_had_formats_still_verifies(migrated):
    with transaction():
        db.session.add(AuditEvent(at=now(), event="user.created", details={}))
    in_transaction(lambda: seal_batch(BEGINNING))

    downgrade("0006")
    upgrade()

    assert list(find_damage()) == []


def held():
    return text(
        "SELECT username, user_roles.role FROM users LEFT JOIN user_roles ON user_id = users.id"
    )


def rows(statement):
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
            moments = dict.fromkeys(("created_at", "updated_at"), now())
            state = {"id": new_id(), "role": role, "status": "active", "token_generation": 0}
            connection.execute(insert(people).values(**names, **moments, **state))


def test_the_newest_is_known_without_loading_them():
    assert [newest_revision()] == SCRIPTS.get_heads()


def test_each_says_what_it_is_for():
    assert all(revision.doc for revision in SCRIPTS.walk_revisions())


def test_they_are_run_within_an_application():
    with pytest.raises(RuntimeError, match="rollbook migrate"):
        runpy.run_path(str(Path(config.MIGRATIONS) / "env.py"))
