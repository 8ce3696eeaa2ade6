"""The service that is compared with the model, and can crash."""

import pytest

from tests.service import MANY, launch, production

pytest.register_assert_rewrite(
    "tests.model.machine"
)  # its assertions are in a module that is no test


@pytest.fixture
def served(place, databases, redis, request):
    """A service with the grace period for refresh tokens that the test names."""
    from tests.model.machine import Served  # noqa: PLC0415  rewritten only from here on

    database_url = databases.clone()
    given = {"refresh_grace_seconds": request.param, "limit_password_per_user": MANY}
    service = launch(place, {**production(database_url, redis()), **given})
    served = Served(service, place)
    yield served
    served.service.close()
    databases.drop(database_url)
