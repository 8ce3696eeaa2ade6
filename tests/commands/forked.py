"""Commands in processes that are forked where the modules of the commands are imported already.

The import takes most of the time of a command. A forked process has its own arguments, settings,
working directory, standard streams and exit status, like one that is started.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
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
    input: str = "",  # noqa: A002  as ``subprocess.run`` calls it
    streams: Mapping[str, Path | None] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """Run a command, and wait for its end.

    ``streams`` names other files of the standard streams; a stream that is None is closed.
    """
    with TemporaryDirectory() as files:
        stdin, stdout, stderr = own = [Path(files, name) for name in STREAMS]
        stdin.write_text(input)
        stdout.touch()
        stderr.touch()
        opened = {**dict(zip(STREAMS, own, strict=True)), **streams}
        process = FORKSERVER.Process(target=_run, args=(arguments, directory, environment, opened))
        with patch.dict(os.environ, environment, clear=True):  # coverage would trace the processes
            process.start()
        process.join()
        return subprocess.CompletedProcess(
            arguments, process.exitcode, stdout.read_text(), stderr.read_text()
        )


def _run(
    arguments: tuple[str, ...],
    directory: Path,
    environment: dict[str, str],
    streams: Mapping[str, Path | None],
):
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  multiprocessing has closed it
    for descriptor, (name, access) in enumerate(STREAMS.items()):
        _set_stream(descriptor, name, streams[name], access)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    main(arguments, prog_name="rollbook")


def _set_stream(descriptor: int, name: str, file: Path | None, access: int) -> None:
    if file is None:
        os.close(descriptor)
        setattr(sys, name, None)  # as Python does when it starts with a closed stream
        return
    stream = os.open(file, access)
    if stream != descriptor:
        os.dup2(stream, descriptor)
        os.close(stream)
