"""What the model is compared with: a started service that can crash."""

import pytest

from tests.service import MANY, launch, production

pytest.register_assert_rewrite("tests.model.machine")  # which says what differs


@pytest.fixture
def served(place, databases, redis, request):
    """A service with as many seconds of grace for refresh tokens as the test asks for."""
    from tests.model.machine import Served  # noqa: PLC0415  rewritten only from here on

    database_url = databases.clone()
    given = {"refresh_grace_seconds": request.param, "limit_password_per_user": MANY}
    service = launch(place, {**production(database_url, redis()), **given})
    served = Served(service, place)
    yield served
    served.service.close()
    databases.drop(database_url)
