"""The service as `make run` starts it, with all its data in one directory, `instance/`.

Settings in the environment override those of the instance. This module imports neither the
application nor Alembic, which would double the time until the service is ready.
"""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, unquote

from api.config import ConfigError
from api.core import secrets
from api.migrations import newest_revision

SQLITE = "sqlite:///"
KEY_FILE = "encryption-key"
STANDARD_ERROR = 2  # the file descriptor


def is_here() -> bool:
    """Return whether `rollbook run` has created an instance in the working directory."""
    return (_directory() / KEY_FILE).is_file()


def adopt(directory: Path | None = None) -> None:
    """Create the directory and its secret if they are missing, and use its settings."""
    directory = directory or _directory()
    directory.mkdir(mode=0o700, exist_ok=True)
    for name, value in _settings(directory).items():
        bare = name.removesuffix("_FILE")
        if not (os.environ.get(bare) or os.environ.get(f"{bare}_FILE")):
            os.environ[name] = value


def _directory() -> Path:
    return Path.cwd() / "instance"


def _settings(directory: Path) -> dict[str, str]:
    return {
        "ENVIRONMENT": "development",
        "DATABASE_URL": f"{SQLITE}{_quote(directory)}/rollbook.sqlite",
        "ENCRYPTION_KEY_FILE": str(_create_secret(directory / KEY_FILE)),
        "WORKERS": "1",
    }


def _quote(directory: Path) -> str:
    """Escape the name of a directory for a URL.

    Raises:
        ConfigError: the name is not UTF-8.
    """
    try:
        return quote(str(directory))
    except UnicodeEncodeError:
        raise ConfigError(
            "the name of this directory is not UTF-8; use another directory"
        ) from None


def _create_secret(file: Path) -> Path:
    """Create the file with a secret if it is missing; it is never visible half written."""
    if not file.exists():
        new = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token())
        new.rename(file)
    return file


def settle(database_url: str) -> None:
    """Migrate the database and create the first administrator, if that is not done yet.

    A process of its own does it, so that this one uses less memory. It writes to standard error:
    standard output is for the log.

    Raises:
        SystemExit: it failed, and has said why.
    """
    if not (database_url.startswith(SQLITE) and _is_set_up(database_url.removeprefix(SQLITE))):
        command = [sys.executable, "-m", "api.cli", "migrate", "--first-administrator"]
        done = subprocess.run(command, stdout=STANDARD_ERROR, check=False)  # noqa: S603  no part of it is input
        if done.returncode:
            sys.exit(done.returncode)


def _is_set_up(database: str) -> bool:
    file = Path(unquote(database.partition("?")[0])).absolute()  # as SQLAlchemy reads it
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            user = connection.execute("SELECT 1 FROM users LIMIT 1").fetchone()
    except sqlite3.Error:  # there is no database yet, or it is empty
        return False
    return revision == (newest_revision(),) and user is not None
