import os
import subprocess
import sys
from collections.abc import Callable

import pytest


@pytest.fixture
def python() -> Callable[..., str]:
    """Run a program in a process of its own, with these variables more; return what it says."""

    def run(program: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return done.stdout

    return run
