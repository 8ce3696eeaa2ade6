"""Runs of `rollbook fuzz` against a started service."""

import os
from pathlib import Path
from secrets import randbelow

from api.fuzz import service as fuzzing
from api.fuzz.options import ALL_PHASES, CALLERS, Options
from api.fuzz.results import Reports, Results, describe

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "build" / "contract"
EXAMPLES = int(os.environ.get("FUZZING_EXAMPLES", "3"))  # of each operation, in each phase
SEED = int(os.environ.get("FUZZING_SEED") or randbelow(2**31))


def fuzz(service, *, callers=CALLERS, phases=ALL_PHASES, processes=1) -> Results:
    """Fuzz the service as these callers; the reports are in build/contract."""
    options = Options(
        examples=EXAMPLES, seed=SEED, callers=callers, phases=phases, processes=processes
    )
    print(f"Seed {SEED}; repeat this run with FUZZING_SEED={SEED}.")  # noqa: T201  in the log of CI
    return fuzzing.fuzz(service.url, service.administrator.token, None, options, print)


def require_success(results: Results, report: str) -> None:
    Reports(REPORTS / f"{report}.xml", REPORTS / f"{report}.html").write(results)
    assert not results.has_failed, "\n".join(describe(results))[-20_000:]
