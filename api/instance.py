"""The service as `make run` starts it: all it keeps stands in one directory, `instance/`.

What is set in the environment goes before what stands here. Nothing here loads the application or
Alembic: the service has to answer within two seconds.
"""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from api.core import secrets
from api.migrations import newest_revision

SQLITE = "sqlite:///"


def adopt(directory: Path | None = None) -> None:
    """Make the directory with its secrets, unless they are there, and take the settings from it."""
    directory = directory or Path.cwd() / "instance"
    os.umask(0o077)  # the database holds addresses and hashes, for nobody else's eyes
    directory.mkdir(mode=0o700, exist_ok=True)
    for name, value in _settings(directory).items():
        bare = name.removesuffix("_FILE")
        if not (os.environ.get(bare) or os.environ.get(f"{bare}_FILE")):
            os.environ[name] = value


def _settings(directory: Path) -> dict[str, str]:
    return {
        "ENVIRONMENT": "development",
        "DATABASE_URL": f"{SQLITE}{directory / 'rollbook.sqlite'}",
        "JWT_SECRET_KEY_FILE": str(_secret(directory / "jwt-secret-key")),
        "WORKERS": "1",
    }


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
    if not (database_url.startswith(SQLITE) and _settled(database_url.removeprefix(SQLITE))):
        command = [sys.executable, "-m", "api.cli", "migrate", "--first-administrator"]
        subprocess.run(command, check=True)  # noqa: S603  all of it is ours


def _settled(database: str) -> bool:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            somebody = connection.execute("SELECT 1 FROM users LIMIT 1").fetchone()
    except sqlite3.Error:  # there is no database yet, or nothing in it
        return False
    return revision == (newest_revision(),) and somebody is not None
