import os
import subprocess
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest
from flask import Flask
from prometheus_client import REGISTRY

from api.web import metrics
from api.web.request_guard import METHODS

ACCEPTABLE = [
    "",
    "text/plain; version=1.0.0",
    "application/openmetrics-text; version=x",
    "\xff, ;;=",
]
WORKER = """
import sys
from contextlib import suppress
from types import SimpleNamespace
from api.web import metrics
exchange = SimpleNamespace(route="/api/me")
for _ in range(int(sys.argv[1])):
    metrics.count_request(exchange, "GET", 200, 0.003)
"""
READER = """
from flask import Flask
from api.web import metrics
app = Flask("app")
metrics.init_app(app, public=True)
print(app.test_client().get("/metrics?name[]=x").text)
"""


def exchange(route: str | None = "/api/me") -> SimpleNamespace:
    return SimpleNamespace(request_id="4f2a", route=route, actor_id=None)


def count_requests(**labels: str) -> float:
    return REGISTRY.get_sample_value("rollbook_requests_total", labels) or 0


def count_series() -> int:
    return sum(len(metric.samples) for metric in REGISTRY.collect())


@pytest.fixture
def client():
    app = Flask("public")
    metrics.init_app(app, public=True)
    return app.test_client()


def test_O_06_a_request_is_counted_by_method_route_and_status():
    labels = {"method": "GET", "route": "/api/me", "status": "418"}
    before = count_requests(**labels)

    metrics.count_request(exchange(), "GET", 418, 0.003)

    assert count_requests(**labels) == before + 1


def test_O_06_a_duration_is_counted_in_its_bucket():
    def faster_than(seconds: str) -> float:
        labels = {"method": "PUT", "route": "/api/me", "le": seconds}
        return REGISTRY.get_sample_value("rollbook_request_duration_seconds_bucket", labels) or 0

    before = faster_than("0.002"), faster_than("0.005")

    metrics.count_request(exchange(), "PUT", 200, 0.003)

    assert (faster_than("0.002"), faster_than("0.005")) == (before[0], before[1] + 1)


def test_O_06_unmatched_requests_share_one_series():
    metrics.count_request(exchange(None), "GET", 404, 0.001)
    before = count_series()

    for method in (*METHODS, "other"):
        metrics.count_request(exchange(None), method, 404, 0.001)

    assert count_series() == before


@pytest.mark.parametrize("crashes", [False, True])
def test_case_N_14_a_request_is_in_flight_until_it_is_answered(crashes):
    def read_gauge() -> float | None:
        return REGISTRY.get_sample_value("rollbook_requests_in_flight")

    def answer(_environ, _start_response):
        during.append(read_gauge())
        if crashes:
            raise RuntimeError
        return [b""]

    during: list[float | None] = []
    with suppress(RuntimeError):
        metrics.RequestsInFlight(answer)({}, None)

    assert (during, read_gauge()) == ([1], 0)


@pytest.mark.parametrize("accept", ACCEPTABLE)
def test_O_05_any_accept_header_gets_the_metrics(client, accept):
    answer = client.get("/metrics?name[]=x", headers={"Accept": accept})

    assert answer.status_code == 200
    assert 'rollbook_info{version="' in answer.text


def test_O_06_the_figures_sum_all_workers_including_ended_ones(tmp_path):
    together = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run(code: str, *arguments: str) -> str:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(
            command, env=together, check=True, capture_output=True, text=True
        ).stdout

    run(WORKER, "3")
    run(WORKER, "4")

    output = run(READER)
    assert 'rollbook_requests_total{method="GET",route="/api/me",status="200"} 7.0' in output
    assert 'rollbook_request_duration_seconds_count{method="GET",route="/api/me"} 7.0' in output
    assert output.count("rollbook_info{") == 1
