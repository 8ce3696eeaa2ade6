"""Generate the clients from the committed contract, with the commands of docs/clients.md.

``generate_python`` and ``generate_typescript`` make a directory as its reader has it: the generated
client, and the example files beside it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests import node

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "openapi" / "openapi.json"
SOURCES = ROOT / "openapi" / "clients"
PYTHON_PACKAGE = "rollbook-client"


def generate_python(place: Path, contract: Path = CONTRACT) -> Path:
    """Generate the Python client, and return the directory whose package is ``rollbook_client``."""
    _copy_sources("python", place)
    target = place / PYTHON_PACKAGE
    options = ["--config", str(place / "config.yaml"), "--output-path", str(target), "--overwrite"]
    _run(["openapi-python-client", "generate", "--path", str(contract), *options], place)
    return target


def generate_typescript(place: Path, contract: Path = CONTRACT) -> Path:
    """Generate the TypeScript client, and return the directory of its modules."""
    program = node.require_tool("openapi-ts")
    _copy_sources("typescript", place)
    modules = place / "node_modules"
    modules.unlink(missing_ok=True)
    modules.symlink_to(node.MODULES)
    _run([program, "--file", "openapi-ts.config.mjs", "--input", contract, "--no-log-file"], place)
    return place / "rollbook"


def environment() -> dict[str, str]:
    """Return the environment in which the programs of Python packages and Node.js are found."""
    found = node.environment()
    programs = str(Path(sys.executable).parent)
    return {**found, "PATH": os.pathsep.join([programs, found["PATH"]])}


def _copy_sources(language: str, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    shutil.copytree(SOURCES / language, place, dirs_exist_ok=True)


def _run(command: list[str | Path], place: Path) -> None:
    done = subprocess.run(
        command, cwd=place, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")
