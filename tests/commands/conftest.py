"""Run commands in this process, or in a process of their own where that is the point."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
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
        input: str | None = None,  # noqa: A002  as ``subprocess.run`` calls it
        **settings: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a process of its own and wait for its end."""
        return subprocess.run(
            [*self.program, *arguments],
            cwd=directory or self.directory,
            env={**self.environment, **settings},
            capture_output=True,
            input=input,
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


@pytest.fixture
def installation(tmp_path) -> Installation:
    kept = {n: v for n, v in os.environ.items() if n in KEPT}
    return Installation(tmp_path, {**kept, "PYTHONPATH": str(ROOT)})
