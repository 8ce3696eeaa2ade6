"""Run commands in this process, or in a process of their own where that is the point."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from tests.commands.forked import run_forked
from tests.databases import SQLite, migrate
from tests.service import KEPT, ROOT


@dataclass(frozen=True)
class Installation:
    """A machine on which no setting is set, and an empty working directory."""

    directory: Path
    environment: dict[str, str]
    program: tuple[str, ...] = (sys.executable, "-m", "api.cli")

    def run(
        self,
        *arguments: str,
        directory: Path | None = None,
        input: str = "",  # noqa: A002  as ``subprocess.run`` calls it
        streams: Mapping[str, Path | None] = MappingProxyType({}),
        **settings: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a process in which its modules are imported, and wait for its end.

        ``streams`` redirects standard streams to files, or closes them: ``{"stdout": None}``.
        """
        return run_forked(
            *arguments,
            directory=directory or self.directory,
            environment={**self.environment, **settings},
            input=input,
            streams=streams,
        )

    def run_program(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own, as an operator does, and wait for its end."""
        return subprocess.run(
            [*self.program, *arguments],
            cwd=self.directory,
            env={**self.environment, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def run_shell(self, line: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a line of the shell, for its redirections."""
        return subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=self.directory,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            check=False,
        )


def last_line(done: Result) -> str:
    """Return what a command says at its end; the log of the test's application is before it."""
    return done.stdout.splitlines()[-1]


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """Restore the umask, which a command sets for its process: here that of the tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def rollbook(context) -> Callable[..., Result]:
    """Run a command on the application of the tests."""

    def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return run


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> SQLite:
    """A migrated SQLite file to copy, whatever database the tests run on."""
    return SQLite(tmp_path_factory.mktemp("sqlite"), migrate)


@pytest.fixture
def sqlite_url(sqlite_template) -> Iterator[str]:
    """The URL of a migrated database of the test's own."""
    url = sqlite_template.clone()
    yield url
    sqlite_template.drop(url)


@pytest.fixture
def installation(tmp_path) -> Installation:
    kept = {n: v for n, v in os.environ.items() if n in KEPT}
    return Installation(tmp_path, {**kept, "PYTHONPATH": str(ROOT)})
