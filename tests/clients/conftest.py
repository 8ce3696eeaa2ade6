"""The generated clients, made once in a run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.generation import (
    PYTHON_PACKAGE,
    ROOT,
    environment,
    generate_python,
    generate_typescript,
)

PROGRAMS = Path(__file__).parent / "programs"
BUILD = ROOT / "build" / "clients"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def python_client() -> Path:
    """The directory with the generated package and the example beside it."""
    generate_python(BUILD / "python")
    copy_programs(BUILD / "python", "*.py")
    return BUILD / "python"


@pytest.fixture(scope="session")
def typescript_client() -> Path:
    """The directory with the generated modules and the example beside them."""
    generate_typescript(BUILD / "typescript")
    copy_programs(BUILD / "typescript", "*.ts")
    return BUILD / "typescript"


def copy_programs(place: Path, pattern: str) -> None:
    for program in PROGRAMS.glob(pattern):
        shutil.copy(program, place)


@pytest.fixture
def run_python(python_client) -> Run:
    """Run a program beside the Python client: ``run_python("journey", url)``."""
    found = os.pathsep.join([str(python_client), str(python_client / PYTHON_PACKAGE)])
    return lambda name, *arguments: start(
        python_client, [sys.executable, f"{name}.py", *arguments], PYTHONPATH=found
    )


@pytest.fixture
def run_typescript(typescript_client) -> Run:
    return lambda name, *arguments: start(typescript_client, ["node", f"{name}.ts", *arguments])


@pytest.fixture(params=["python", "typescript"])
def run(request) -> Run:
    """Run a program beside a client, in each language: ``run("journey", url)``."""
    return request.getfixturevalue(f"run_{request.param}")


def start(place: Path, command: list[str], **added: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a directory, and return what it printed."""
    return subprocess.run(
        command,
        cwd=place,
        env={**environment(), **added},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
