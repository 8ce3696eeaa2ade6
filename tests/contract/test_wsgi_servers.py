"""``api/wsgi.py`` under other WSGI servers: their responses keep the contract too."""

import pytest

from tests.contract.fuzzing import fuzz, require_success
from tests.service import launch, production

APPLICATION = "api.wsgi:application"


def list_arguments(server, port):
    if server == "gunicorn":
        return "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "32", APPLICATION
    return "-m", "waitress", f"--listen=127.0.0.1:{port}", "--threads=32", APPLICATION


@pytest.mark.parametrize("server", ["gunicorn", "waitress"])
def test_another_wsgi_server_keeps_the_contract(server, place, databases, redis):
    url = databases.clone()
    settings = {**production(url, redis()), "workers": 1, "metrics_port": 0}
    service = launch(place, settings, list_arguments(server, settings["port"]))
    try:
        results = fuzz(service, callers=("administrator",), phases=("examples",))
        require_success(results, server)
    finally:
        service.close()
        databases.drop(url)
