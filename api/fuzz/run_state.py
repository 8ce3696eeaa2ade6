"""What the processes of a run share: the instance, the keeper, and the directory of the ledger."""

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from api.fuzz.client import Account

VARIABLE = "ROLLBOOK_FUZZ_RUN"  # names the file


@dataclass(frozen=True)
class RunState:
    url: str
    keeper: Account
    place: Path  # of the run; only its owner can read it
    caller: str = ""

    def save(self, caller: str) -> Path:
        """Write the file for the process of a caller, and return its path."""
        file = self.place / f"{caller}.json"
        file.touch(0o600)
        file.write_text(json.dumps({"url": self.url, "caller": caller, **asdict(self.keeper)}))
        return file

    def save_pairs(self, pairs: Counter[tuple[str, int]]) -> None:
        """Write how often the caller got each pair of operation and status."""
        rows = [[operation, status, count] for (operation, status), count in pairs.items()]
        (self.place / f"{self.caller}.pairs").write_text(json.dumps(rows))


def load_run_state() -> RunState:
    """Read the file that the environment names."""
    file = Path(os.environ[VARIABLE])
    state = json.loads(file.read_text())
    url, caller = state.pop("url"), state.pop("caller")
    return RunState(url, Account(**state), file.parent, caller)
