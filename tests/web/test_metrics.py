import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from flask import Flask
from prometheus_client import REGISTRY

from api.web import metrics

ACCEPTABLE = [
    "",
    "text/plain; version=1.0.0",
    "application/openmetrics-text; version=x",
    "\xff, ;;=",
]
WORKER = """
import sys
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


def counted(**labels: str) -> float:
    return REGISTRY.get_sample_value("rollbook_requests_total", labels) or 0


def series() -> int:
    return sum(len(metric.samples) for metric in REGISTRY.collect())


@pytest.fixture
def client():
    app = Flask("public")
    metrics.init_app(app, public=True)
    return app.test_client()


def test_a_request_is_counted_by_operation_and_status():
    labels = {"method": "GET", "route": "/api/me", "status": "418"}
    before = counted(**labels)

    metrics.count_request(exchange(), "GET", 418, 0.003)

    assert counted(**labels) == before + 1


def test_its_duration_falls_into_the_right_bucket():
    def faster_than(seconds: str) -> float:
        labels = {"method": "PUT", "route": "/api/me", "le": seconds}
        return REGISTRY.get_sample_value("rollbook_request_duration_seconds_bucket", labels) or 0

    before = faster_than("0.002"), faster_than("0.005")

    metrics.count_request(exchange(), "PUT", 200, 0.003)

    assert (faster_than("0.002"), faster_than("0.005")) == (before[0], before[1] + 1)


def test_O_06_what_matches_no_route_is_one_series_whatever_its_method():
    metrics.count_request(exchange(None), "GET", 404, 0.001)
    before = series()

    for number in range(2000):
        metrics.count_request(exchange(None), f"VERB{number}", 404, 0.001)
    for method in metrics.METHODS:
        metrics.count_request(exchange(None), method, 404, 0.001)

    assert series() == before


def test_O_06_a_method_that_nobody_knows_is_other():
    metrics.count_request(exchange(), "BREW", 200, 0.001)

    assert counted(method="other", route="/api/me", status="200") >= 1
    assert counted(method="BREW", route="/api/me", status="200") == 0


@pytest.mark.parametrize("accept", ACCEPTABLE)
def test_the_figures_are_told_to_whoever_asks_however_they_ask(client, accept):
    answer = client.get("/metrics?name[]=x", headers={"Accept": accept})

    assert answer.status_code == 200
    assert 'rollbook_info{version="' in answer.text


def test_O_05_the_figures_are_not_public_unless_that_is_wanted():
    app = Flask("private")
    metrics.init_app(app, public=False)

    assert app.test_client().get("/metrics").status_code == 404


def test_several_workers_are_summed_and_those_that_died_still_count(tmp_path):
    together = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run(code: str, *arguments: str) -> str:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(
            command, env=together, check=True, capture_output=True, text=True
        ).stdout

    run(WORKER, "3")
    run(WORKER, "4")

    told = run(READER)
    assert 'rollbook_requests_total{method="GET",route="/api/me",status="200"} 7.0' in told
    assert 'rollbook_request_duration_seconds_count{method="GET",route="/api/me"} 7.0' in told
    assert told.count("rollbook_info{") == 1
