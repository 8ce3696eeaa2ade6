"""Run commands on two cores: ``python -m tests.parallel "ruff check" mypy``.

``python`` is the one that runs this. All run to their end. The output of each is printed when it
ends; the exit status is 1 if one fails.
"""

import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed

CORES = 2


def run(command: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(command)
    return subprocess.run(
        [sys.executable if program == "python" else program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def report(command: str, done: subprocess.CompletedProcess[str]) -> None:
    status = f" (exit status {done.returncode})" if done.returncode else ""
    print(f"{command}{status}\n{done.stdout}", end="", flush=True)  # noqa: T201  it is a program


def main(commands: list[str]) -> bool:
    """Return whether all commands succeed."""
    with ThreadPoolExecutor(CORES) as pool:
        running = {pool.submit(run, command): command for command in commands}
        for finished in as_completed(running):
            report(running[finished], finished.result())
    return not any(finished.result().returncode for finished in running)


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
