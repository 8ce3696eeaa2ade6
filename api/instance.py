"""The service as `make run` starts it: all it keeps stands in one directory, `instance/`.

What is set in the environment goes before what stands here. Nothing here loads the application or
Alembic, which would double the time until the service answers.
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


def is_here() -> bool:
    """Tell whether there is something to adopt, which `rollbook run` has made."""
    return (_directory() / KEY_FILE).is_file()


def adopt(directory: Path | None = None) -> None:
    """Make the directory with its secrets, unless they are there, and take the settings from it."""
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
        "DATABASE_URL": f"{SQLITE}{_quoted(directory)}/rollbook.sqlite",
        "ENCRYPTION_KEY_FILE": str(_secret(directory / KEY_FILE)),
        "WORKERS": "1",
    }


def _quoted(directory: Path) -> str:
    """Write a directory as a URL has it: its name may hold what means something else there."""
    try:
        return quote(str(directory))
    except UnicodeEncodeError:
        raise ConfigError("the name of this directory is not UTF-8, as a URL has to be") from None


def _secret(file: Path) -> Path:
    """Write the secret to a file of its own, which appears whole or not at all."""
    if not file.exists():
        new = file.with_suffix(f".{os.getpid()}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token())
        new.rename(file)
    return file


def settle(database_url: str) -> None:
    """Migrate the database and see to its first administrator, where that is still to be done.

    In a process of its own, so that this one stays small.
    """
    if not (database_url.startswith(SQLITE) and _is_set_up(database_url.removeprefix(SQLITE))):
        command = [sys.executable, "-m", "api.cli", "migrate", "--first-administrator"]
        subprocess.run(command, check=True)  # noqa: S603  all of it is ours


def _is_set_up(database: str) -> bool:
    file = Path(unquote(database.partition("?")[0])).absolute()  # as SQLAlchemy reads it
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            somebody = connection.execute("SELECT 1 FROM users LIMIT 1").fetchone()
    except sqlite3.Error:  # there is no database yet, or nothing in it
        return False
    return revision == (newest_revision(),) and somebody is not None
