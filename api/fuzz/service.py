"""A run: prepare, send, report, clean up."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM, default_int_handler, signal
from tempfile import TemporaryDirectory
from time import monotonic

from api.fuzz.client import Client, FuzzError
from api.fuzz.contract import Node, derive, list_operations
from api.fuzz.keeper import Keeper, create_keeper, delete_keeper
from api.fuzz.ledger import Ledger
from api.fuzz.options import Options
from api.fuzz.processes import Process, run_all
from api.fuzz.results import Part, Results
from api.fuzz.run_state import RunState

__all__ = ["FuzzError", "fuzz"]

Report = Callable[[str], None]


def fuzz(url: str, token: str, document: Node | None, options: Options, report: Report) -> Results:
    """Fuzz the instance, and delete everything that was created, also after an interruption.

    Without a document, the instance is asked for its contract.

    Raises:
        FuzzError: it does not answer, or the token is not that of an administrator.
    """
    administrator = Client(url, token)
    document = document or administrator.require("GET", "/openapi.json")
    operations = list_operations(document)
    possible = (name for name, each in operations.items() if each.failing_status is None)
    results = Results(operations, options.seed, tuple(possible) if options.is_whole else ())
    with prepare(administrator, document, report) as state:
        for process in run_all(state, operations.values(), options):
            part = _finish(process)
            results.add_pairs(state.place / f"{part.name}.pairs")
            results.add(part, report)
    return results


@contextmanager
def prepare(administrator: Client, document: Node, report: Report) -> Iterator[RunState]:
    """Create the keeper and the directory of a run; afterwards delete what the run has created."""
    with TemporaryDirectory(prefix="rollbook-fuzz-") as directory:
        state = create_state(administrator, document, Path(directory))
        before = signal(SIGTERM, default_int_handler)  # it is handled as Ctrl+C
        try:
            yield state
        finally:
            report("deleting what the run has created")
            left = Keeper(state.url, state.keeper, Ledger(state.place)).clean_up()
            left += delete_keeper(administrator, state.keeper)
            for each in left:
                report(f"not deleted: {each}")
            signal(SIGTERM, before)


def create_state(administrator: Client, document: Node, place: Path) -> RunState:
    """Create the keeper, and write the contract for the processes of the run."""
    (place / "contract.json").write_text(json.dumps(document))
    (place / "closed.json").write_text(json.dumps(derive(document)))
    return RunState(administrator.url, create_keeper(administrator), place)


def _finish(process: Process) -> Part:
    log = process.log.read_text(errors="replace")
    seconds = monotonic() - process.started_at
    return Part(process.part, process.has_failed, log, seconds, process.junit)
