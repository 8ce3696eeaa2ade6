"""Sessions behave as their model does, in any order of operations: S-01 to S-09.

The model is a few lists (``machine.py``). Hypothesis runs the same steps on the model and on the
service, and compares them after each step.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Sessions

SETTINGS = settings(
    max_examples=4,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,  # a failure comes from a change, not from chance
    database=None,
    phases=[Phase.generate],  # shrinking takes minutes; twenty steps are readable
    suppress_health_check=[HealthCheck.too_slow],
)
USUAL = {"reuse", "logged out already", "crash"}
REQUIRED = {  # by seconds of grace; an example takes less than a minute
    0: USUAL | {"reuse again"},
    60: USUAL | {"the same successor again"},
}


@pytest.mark.parametrize("served", REQUIRED, indirect=True, ids=lambda grace: f"{grace} seconds")
def test_S_09_sessions_behave_as_their_model(served):
    run_state_machine_as_test(lambda: Sessions(served), settings=SETTINGS)

    wanted = REQUIRED[served.service.settings["refresh_grace_seconds"]]
    assert served.occurred.keys() >= wanted  # otherwise the run has tested less than intended
