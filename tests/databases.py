"""The databases of the tests: a migrated template and copies of it."""

import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from secrets import token_hex

from psycopg import sql
from sqlalchemy import make_url

from api.app import create_app
from api.commands.migrate import upgrade
from tests.postgresql import Server, connect
from tests.support import TESTING, dispose

PREFIX = "rollbook_test_"
Migrate = Callable[[str], None]


def migrate(url: str) -> None:
    """Migrate a new database, as `rollbook migrate` does."""
    app = create_app({**TESTING, "SQLALCHEMY_DATABASE_URI": url})
    with app.app_context():
        upgrade()
    dispose(app)


class PostgreSQL:
    """The databases of one test run. They are dropped at its end, or when the next run starts."""

    def __init__(self, server: Server, migrate: Migrate) -> None:
        self.server = server
        self.migrate = migrate
        self.run = PREFIX + token_hex(4)
        self.connection = connect(server.url)
        # The lock is held until this run ends. A run whose lock is free has ended.
        self.connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [self.run])
        self._drop_databases_of_ended_runs()

    def _drop_databases_of_ended_runs(self) -> None:
        names = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        for (name,) in self.connection.execute(names, [PREFIX]).fetchall():
            run = name[: len(self.run)]
            lock = self.connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [run])
            if run != self.run and lock.fetchone() == (True,):
                self._drop(name)
                self.connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [run])

    @cached_property
    def template(self) -> str:
        """Create the template, and return its name."""
        name = f"{self.run}_template"
        self.connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        self.migrate(self._url(name))
        return name

    def clone(self) -> str:
        """Create a migrated database, and return its URL."""
        name = f"{self.run}_{token_hex(4)}"
        clone = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.connection.execute(clone.format(sql.Identifier(name), sql.Identifier(self.template)))
        return self._url(name)

    def create(self, encoding: str = "UTF8") -> str:
        """Create an empty database, and return its URL."""
        name = f"{self.run}_{token_hex(4)}"
        create = sql.SQL(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LOCALE_PROVIDER libc LOCALE 'C'"
        )
        self.connection.execute(create.format(sql.Identifier(name), sql.Literal(encoding)))
        return self._url(name)

    def drop(self, url: str) -> None:
        self._drop(make_url(url).database)

    def _drop(self, name: str) -> None:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self.connection.execute(drop.format(sql.Identifier(name)))

    def _url(self, name: str) -> str:
        return self.server.url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        own = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        for (name,) in self.connection.execute(own, [self.run]).fetchall():
            self._drop(name)
        self.connection.close()
        self.server.stop()


class SQLite:
    """The databases of one test run, as files in a directory."""

    def __init__(self, directory: Path, migrate: Migrate) -> None:
        self.directory = directory
        self.migrate = migrate

    @cached_property
    def template(self) -> Path:
        path = self.directory / "template.sqlite"
        self.migrate(f"sqlite:///{path}")
        return path

    def clone(self) -> str:
        copy = self.directory / f"{token_hex(4)}.sqlite"
        shutil.copy(self.template, copy)
        return f"sqlite:///{copy}"

    def drop(self, url: str) -> None:
        path = make_url(url).database
        for name in (path, f"{path}-wal", f"{path}-shm"):
            Path(name).unlink(missing_ok=True)

    def close(self) -> None:
        """Do nothing: the directory is deleted at the end of the run."""
