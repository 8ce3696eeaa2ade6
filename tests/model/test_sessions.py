"""Sessions behave as their model does, in any order of operations: S-01 to S-09.

The model is a few lists (``machine.py``). The same random steps are made on the model and on the
service, which are compared after each step. The seeds are fixed, so a failure comes from a change
and not from chance. Hypothesis would repeat few rules often in so few examples (swarm testing).
"""

from random import Random

import pytest

from tests.model.machine import Sessions

STEPS, MIN_WALKS, MAX_WALKS = 30, 3, 8
USUAL = {"reuse", "logged out already", "crash"}
REQUIRED = {  # by seconds of grace; a walk takes less than a minute
    0: USUAL | {"reuse again"},
    60: USUAL | {"the same successor again"},
}


@pytest.mark.parametrize("served", REQUIRED, indirect=True, ids=lambda grace: f"{grace} seconds")
def test_S_09_sessions_behave_as_their_model(served):
    """Walk until all that matters has occurred: otherwise less is tested than intended."""
    wanted = REQUIRED[served.service.settings["refresh_grace_seconds"]]
    for seed in range(MAX_WALKS):
        walk(Sessions(served, Random(seed)))
        if seed + 1 >= MIN_WALKS and served.occurred.keys() >= wanted:
            return
    pytest.fail(f"in {MAX_WALKS} walks only {sorted(served.occurred)} occurred")


def walk(sessions: Sessions) -> None:
    try:
        sessions.walk(STEPS)
    except AssertionError as error:
        error.add_note("steps: " + ", ".join(sessions.steps))
        raise
