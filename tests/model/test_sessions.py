"""Sessions are as a model of them, whatever people do in whatever order: S-01 to S-09.

The model is a few lists (``machine.py``). Hypothesis leads it and the served application through
the same steps, and compares them after each.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Sessions

SETTINGS = settings(
    max_examples=9,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,  # a failure is that of the change, not of the day
    database=None,
    phases=[Phase.generate],  # to shrink a failure would take minutes; twenty steps can be read
    suppress_health_check=[HealthCheck.too_slow],
)
USUAL = {"reuse", "logged out already", "crash"}
REACHED = {  # by the seconds of grace; a minute is longer than any example takes
    0: USUAL | {"reuse again"},
    60: USUAL | {"the same successor again"},
}


@pytest.mark.parametrize("served", REACHED, indirect=True, ids=lambda grace: f"{grace} seconds")
def test_S_09_sessions_are_as_their_model(served):
    run_state_machine_as_test(lambda: Sessions(served), settings=SETTINGS)

    wanted = REACHED[served.service.settings["refresh_grace_seconds"]]
    assert served.occurred.keys() >= wanted  # or it has proven less than it says
