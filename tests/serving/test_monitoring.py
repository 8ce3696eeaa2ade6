"""The metrics of a served application, and the files for Prometheus and Grafana."""

import json
import os
import re
import shutil
import subprocess
import sys
from http.client import HTTPConnection
from urllib.request import urlopen

import psutil
import pytest

from api.schedule import JOBS
from tests.processes import wait_until
from tests.service import ROOT, environment_of

MONITORING = ROOT / "docker/monitoring"
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)
NAME = re.compile(r"\b(?:rollbook|process)_\w+\b")
WRONG = {"username": "nobody", "password": "not the right one"}


def read_metrics(service) -> dict[str, float]:
    with urlopen(service.metrics_url, timeout=5) as answer:
        text = answer.read().decode()
    return {
        f"{name}{{{labels}}}" if labels else name: float(value)
        for name, labels, value in SAMPLE.findall(text)
    }


def ask(service, method: str, path: str = "/metrics"):
    connection = HTTPConnection("127.0.0.1", service.settings["metrics_port"], timeout=5)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


class TestPort:
    def test_case_N_15_head_is_answered_like_get_without_the_content(self, service):
        response, content = ask(service, "HEAD")

        assert (response.status, content) == (200, b"")
        assert response.headers["Content-Type"].startswith("text/plain")
        assert int(response.headers["Content-Length"]) > 0

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("POST", "/metrics", 501), ("BREW", "/metrics", 501), ("GET", "/", 404)],
    )
    def test_case_N_15_errors_are_plain_text(self, service, method, path, status):
        response, content = ask(service, method, path)

        assert response.status == status
        assert response.headers["Content-Type"] == "text/plain"
        assert content == f"{status} {response.reason}\n".encode()


def has_samples(service) -> bool:
    """Return whether the worker has read the figures that it reads now and then."""
    task = 'rollbook_task_finished_timestamp_seconds{task="seal_audit_log"}'
    return task in read_metrics(service)


class TestMetrics:
    def test_case_N_14_the_processes_are_added_up(self, service):
        parent = psutil.Process(service.process.pid)
        processes = [parent, *parent.children()]
        used = sum(sum(each.cpu_times()[:2]) for each in processes)

        figures = read_metrics(service)

        assert figures["rollbook_workers"] == 2
        resident = sum(each.memory_info().rss for each in processes)
        assert figures["process_resident_memory_bytes"] == pytest.approx(resident, rel=0.2)
        assert figures["process_cpu_seconds_total"] >= used - 0.1
        most = max(each.num_fds() for each in processes)
        assert figures["process_open_fds"] == pytest.approx(most, abs=5)
        assert figures["process_max_fds"] == parent.rlimit(psutil.RLIMIT_NOFILE)[0]

    def test_password_hashes_are_0_before_the_first_one(self, serve):
        figures = read_metrics(serve(workers=1))

        assert figures['rollbook_password_hashes_total{purpose="store"}'] == 0
        assert figures['rollbook_password_hashes_total{purpose="verify"}'] == 0

    def test_case_N_14_the_time_of_a_worker_that_has_ended_still_counts(self, serve):
        service = serve(workers=2)
        for _ in range(20):
            service.local_service.client.post("/api/login", json=WRONG)
        before = read_metrics(service)["process_cpu_seconds_total"]
        for worker in psutil.Process(service.process.pid).children():
            worker.kill()

        wait_until(service.ready, service.process, service.log_path)

        assert read_metrics(service)["process_cpu_seconds_total"] >= before

    def test_case_N_14_the_public_port_has_the_same_metrics(self, serve):
        service = serve(workers=1, metrics_public=True)
        wait_until(lambda: has_samples(service), service.process, service.log_path)

        with urlopen(f"{service.url}/metrics", timeout=5) as answer:
            public = {name for name, *_ in SAMPLE.findall(answer.read().decode())}

        assert public == {name.partition("{")[0] for name in read_metrics(service)}

    def test_case_N_14_connections_and_key_and_tasks_are_read_now_and_then(self, serve):
        service = serve(workers=1)
        pools = {'pool="reads"', 'pool="writes"'}

        wait_until(lambda: has_samples(service), service.process, service.log_path)
        figures = read_metrics(service)
        for pool in pools:
            assert figures[f"rollbook_database_connections_max{{{pool}}}"] == 8
            assert f"rollbook_database_connections_in_use{{{pool}}}" in figures
        for job in JOBS:
            assert figures[f'rollbook_task_finished_timestamp_seconds{{task="{job.name}"}}'] == 0

    def test_case_N_14_redis_is_reported_as_away(self, serve):
        service = serve(redis_url="redis://127.0.0.1:1/0")

        service.local_service.client.post("/api/login", json=WRONG)

        assert read_metrics(service)["rollbook_redis_away"] == 1

    def test_case_N_14_a_request_in_flight_is_counted(self, service):
        assert read_metrics(service)["rollbook_requests_in_flight"] == 0


def list_used_metrics() -> set[str]:
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text("utf-8"))
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    variables = [variable["query"] for variable in dashboard["templating"]["list"]]
    rules = re.findall(r"expr: (.*?)\n      +(?:for|labels):", read_rules(), re.DOTALL)
    return set(NAME.findall("\n".join([*panels, *variables, *rules])))


def read_rules() -> str:
    return (MONITORING / "alerts.yml").read_text("utf-8")


class TestFiles:
    def test_case_N_14_every_metric_of_dashboard_and_rules_exists(self, serve):
        service = serve(workers=1)
        rotate = [sys.executable, "-m", "api", "keys", "rotate", "--now"]
        subprocess.run(rotate, cwd=ROOT, env=environment_of(service.settings), check=True)
        (worker,) = psutil.Process(service.process.pid).children()
        worker.kill()  # its successor reads the database at once
        wait_until(service.ready, service.process, service.log_path)
        service.local_service.client.post("/api/login", json=WRONG)
        used = list_used_metrics()

        def find_missing() -> set[str]:
            return used - {name.partition("{")[0] for name in read_metrics(service)}

        assert len(used) > 15
        wait_until(lambda: not find_missing(), service.process, service.log_path)

    def test_case_N_14_every_metric_is_documented(self, service):
        page = (ROOT / "docs/operations.md").read_text("utf-8")
        names = {name.partition("{")[0] for name in read_metrics(service)}
        bases = {re.sub(r"_(bucket|count|sum)$", "", name) for name in names}

        assert {name for name in bases if f"`{name}`" not in page} == set()

    def test_case_N_14_the_rules_are_valid(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            assert not os.environ.get("REQUIRE_PROMTOOL"), "there is no promtool"
            pytest.skip("there is no promtool")
        done = subprocess.run(
            [promtool, "check", "rules", MONITORING / "alerts.yml"],
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stdout + done.stderr
