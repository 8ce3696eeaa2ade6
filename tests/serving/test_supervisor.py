"""What the supervisor sees to before there are workers, and the figures it serves for them."""

import gc
import resource
import socket
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from api import config
from api.serving import command, supervisor
from api.serving.listeners import CannotStart
from api.serving.scrape import Figures

COUNTED = """
from prometheus_client import Counter, Gauge
Counter("visits", "Visits.").inc({visits})
Gauge("version", "Of what runs.", multiprocess_mode="livemax").set(1)
"""


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def figures(tmp_path):
    server = Figures("127.0.0.1", 0, str(tmp_path))
    server.start()
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()


def settings(port, *, production):
    return SimpleNamespace(
        metrics_host="127.0.0.1", metrics_port=port, production=production, host="::1", port=port
    )


def test_there_is_room_for_the_connections():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        for _ in range(2):
            resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
            supervisor.allow_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(supervisor.FILES, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_figures_may_be_off(tmp_path):
    assert supervisor.open_figures(settings(0, production=True), str(tmp_path)) is None


def test_no_service_starts_without_its_figures_in_production(taken, tmp_path):
    with pytest.raises(CannotStart, match="METRICS_PORT"):
        supervisor.open_figures(settings(taken, production=True), str(tmp_path))


def test_elsewhere_it_goes_on_without(taken, tmp_path):
    """Somebody's own machine has other things on that port, a second Rollbook among them."""
    assert supervisor.open_figures(settings(taken, production=False), str(tmp_path)) is None


def test_what_is_in_the_way_is_told_in_one_line(monkeypatch, capsys):
    def refuse(_settings):
        raise CannotStart("PORT: taken")

    monkeypatch.setattr(config, "load", lambda: None)
    monkeypatch.setattr(supervisor, "supervise", refuse)
    with pytest.raises(SystemExit) as ended:
        command.serve()

    assert ended.value.code == 2
    assert capsys.readouterr().err == "rollbook: PORT: taken\n"
    assert gc.isenabled()


def test_the_figures_of_processes_add_up_and_those_of_dead_ones_count(figures, tmp_path, python):
    for visits in (2, 3):
        python(COUNTED.format(visits=visits), PROMETHEUS_MULTIPROC_DIR=str(tmp_path))

    with urlopen(figures, timeout=5) as answer:
        told = answer.read().decode()
        assert answer.headers["Content-Type"].startswith("text/plain")
    assert "visits_total 5.0" in told
    assert "version" not in told  # nothing runs by now


def test_nothing_else_is_served_there(figures):
    with pytest.raises(HTTPError) as rejected:
        urlopen(figures.replace("/metrics", "/"), timeout=5)

    with rejected.value as answer:
        assert answer.code == 404


def test_figures_are_served_on_ipv6_too(tmp_path):
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with Figures("::1", 0, str(tmp_path)) as server:
        assert server.server_address[0] == "::1"
