"""Commands in processes that are forked where the modules of the commands are imported already.

The import takes most of the time of a command. A forked process has its own arguments, settings,
working directory, standard streams and exit status, like one that is started.
"""

import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from api.cli import COMMANDS, main

FORKSERVER = get_context("forkserver")
FORKSERVER.set_forkserver_preload(
    [__name__, "alembic.command", *(f"api.commands.{name.replace('-', '_')}" for name in COMMANDS)]
)
STREAMS = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY, "stderr": os.O_WRONLY}


def run_forked(
    *arguments: str,
    directory: Path,
    environment: dict[str, str],
    input: str,  # noqa: A002  as ``subprocess.run`` calls it
) -> subprocess.CompletedProcess[str]:
    """Run a command, and wait for its end."""
    with TemporaryDirectory() as files:
        stdin, stdout, stderr = (Path(files, name) for name in STREAMS)
        stdin.write_text(input)
        stdout.touch()
        stderr.touch()
        process = FORKSERVER.Process(target=_run, args=(arguments, directory, environment, files))
        with patch.dict(os.environ, environment, clear=True):  # coverage would trace the processes
            process.start()
        process.join()
        return subprocess.CompletedProcess(
            arguments, process.exitcode, stdout.read_text(), stderr.read_text()
        )


def _run(arguments: tuple[str, ...], directory: Path, environment: dict[str, str], files: str):
    for descriptor, (name, access) in enumerate(STREAMS.items()):
        stream = os.open(Path(files, name), access)
        os.dup2(stream, descriptor)
        os.close(stream)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  multiprocessing has closed it
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    main(arguments, prog_name="rollbook")
