"""Each event that a test records is compared with what webhooks are promised."""

import pytest

from api.core.database import in_transaction
from api.core.events import Event, emit
from api.core.principal import OPERATOR
from api.core.secrets import new_id

pytestmark = pytest.mark.usefixtures("context")


def happen(event, subject, **details):
    in_transaction(lambda: emit(event, subject=subject, by=OPERATOR, **details))


def test_an_event_as_promised_is_recorded():
    happen(Event.ROLE_GRANTED, new_id(), role="auditor")


@pytest.mark.parametrize(
    ("subject", "details"),
    [
        (new_id(), {}),  # a member that is always there is missing
        (new_id(), {"role": 7}),
        (new_id(), {"role": "auditor", "more": True}),
        (None, {"role": "auditor"}),
    ],
)
def test_an_event_that_breaks_its_promise_fails_the_test(subject, details):
    with pytest.raises(AssertionError, match=r"role\.granted is not as promised"):
        happen(Event.ROLE_GRANTED, subject, **details)
