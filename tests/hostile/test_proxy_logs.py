"""The token of a mailed link is in no log of a proxy, even if the service does not answer: V-08."""

from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.processes import free_port
from tests.proxy import PROXIES

TOKEN = "ExampleExampleExampleExampleExampleExample0"


def get_status(port: int, target: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", target)
        return connection.getresponse().status


@pytest.mark.parametrize("name", PROXIES)
def test_V_08_a_token_is_in_no_log_of_a_proxy(place, name):
    before = set(place.iterdir())
    with PROXIES[name](place, free_port()) as port:
        statuses = {
            get_status(port, f"/account/verify-email?token={TOKEN}"),
            get_status(port, "/api/me?seen=yes"),
        }

    assert statuses <= {502, 503}
    [directory] = set(place.iterdir()) - before
    logs = "".join(file.read_text("utf-8", "replace") for file in directory.rglob("log"))
    assert TOKEN not in logs
    assert name != "nginx" or "seen=yes" in logs  # other errors are logged
