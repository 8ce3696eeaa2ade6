"""What `make run` says while it installs, with stand-ins for Python, pip and the service."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.service import ROOT

PYTHON = """#!/bin/sh
case "$1" in
-c) exit {too_old} ;;
-m) mkdir -p .venv/bin && cp pip .venv/bin/pip && cp pip .venv/bin/rollbook ;;
esac
"""


@pytest.fixture
def make(tmp_path):
    """Return a function that runs `make run` with a Python that is too old, or not."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    write_program(tmp_path / "pip", "#!/bin/sh\n")

    def run(*, too_old: bool) -> subprocess.CompletedProcess[str]:
        write_program(tmp_path / "python", PYTHON.format(too_old=int(too_old)))
        return subprocess.run(
            ["make", "run", "PYTHON=./python"],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def write_program(file: Path, content: str) -> None:
    file.write_text(content)
    file.chmod(0o700)


def test_case_N_08_an_old_python_is_rejected_before_anything_is_installed(make, tmp_path):
    done = make(too_old=True)

    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == ("Rollbook needs Python 3.11 or later; set PYTHON to one")
    assert not (tmp_path / ".venv").exists()


def test_case_N_08_the_installation_reports_its_progress_on_standard_error(make):
    done = make(too_old=False)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "creating .venv",
        "installing the packages of requirements/runtime.txt",
    ]
    assert make(too_old=False).stderr == ""
