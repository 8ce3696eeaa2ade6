from collections.abc import Iterator

import pytest
from flask import Flask

from api.core.database import db


@pytest.fixture
def postgresql(app, pytestconfig) -> Flask:
    """The app, for tests of PostgreSQL only."""
    if pytestconfig.getoption("database") != "postgresql":
        pytest.skip("SQLite has no connections to end, no conflicts and no timeouts")
    return app


@pytest.fixture
def sqlite(build, tmp_path) -> Flask:
    """An app on SQLite in a file, independent of the database of this run."""
    app = build(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/rollbook.sqlite")
    with app.app_context():
        db.create_all()
    return app


@pytest.fixture(params=["of_the_run", "sqlite"])
def either(request, app) -> Iterator[Flask]:
    """The context of an app on the database of this run, and of one on SQLite."""
    chosen = app if request.param == "of_the_run" else request.getfixturevalue("sqlite")
    with chosen.app_context():
        yield chosen


@pytest.fixture
def in_memory(build) -> Iterator[Flask]:
    """The context of an app on SQLite in memory."""
    app = build(SQLALCHEMY_DATABASE_URI="sqlite:///:memory:")
    with app.app_context():
        db.create_all()
        yield app


@pytest.fixture
def unreachable(build) -> Iterator[Flask]:
    """The context of an app whose database does not exist."""
    app = build(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://absent@127.0.0.1:1/none")
    with app.app_context():
        yield app
