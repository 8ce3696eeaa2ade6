"""The metrics, and the ports that serve them: O-05, O-06."""

import re
from importlib.metadata import version
from pathlib import Path
from urllib.request import urlopen

import pytest

from api.core import secrets

MANY = 2000
MIB = 1024 * 1024
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
REQUESTS = (
    ("GET", "/nowhere-{number}"),
    ("GET", "/api/users/{id}"),
    ("DELETE", "/api/users/{id}"),
    ("BREW{number}", "/api/me"),
    ("{known}", "/api/{number}"),
)
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


def read_metrics(service) -> dict[str, float]:
    with urlopen(service.metrics_url, timeout=5) as answer:
        text = answer.read().decode()
    return {f"{name}{{{labels}}}": float(value) for name, labels, value in SAMPLE.findall(text)}


def count_requests(service, route: str) -> float:
    return sum(
        value
        for series, value in read_metrics(service).items()
        if series.startswith("rollbook_requests_total") and f'route="{route}"' in series
    )


def count_resident_bytes(process: int) -> int:
    """Return the count_resident_bytes memory of a process and of all its descendants."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    [pages] = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(pages) * 1024 + sum(count_resident_bytes(int(child)) for child in children)


class TestAccess:
    def test_O_05_the_public_port_has_no_metrics(self, service):
        answer = service.local_service.client.get("/metrics")

        assert answer.status_code == 404
        assert answer.json["error"] == "not_found"

    def test_O_05_metrics_have_a_separate_port(self, service):
        assert any(series.startswith("rollbook_info{") for series in read_metrics(service))

    @pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
    def test_O_05_health_names_no_host_version_or_database(self, service, path):
        answer = service.local_service.client.get(path)
        text = answer.text + str(answer.headers)

        assert answer.status_code == 200
        for word in (
            "postgres",
            "psycopg",
            "granian",
            "127.0.0.1",
            version("rollbook"),
            "0001",
            "Python",
        ):
            assert word not in text


class TestFigures:
    def test_O_06_requests_of_all_workers_are_counted(self, service):
        before = count_requests(service, "/health/live")

        for _ in range(50):
            service.local_service.client.get("/health/live")

        assert count_requests(service, "/health/live") == before + 50

    def test_O_06_domain_events_are_counted(self, service):
        failed = 'rollbook_audit_events_total{event="login.failed"}'
        before = read_metrics(service)[failed]

        wrong = {"username": "unknown-user", "password": "wrong horse battery"}
        service.local_service.client.post("/api/login", json=wrong)

        assert read_metrics(service)[failed] == before + 1

    def test_O_06_random_paths_ids_and_methods_add_no_series_and_no_memory(self, service):
        def ask(numbers: range) -> None:
            for number in numbers:
                method, path = REQUESTS[number % len(REQUESTS)]
                known = METHODS[number % len(METHODS)]
                path = path.format(number=number, id=secrets.new_id())
                service.local_service.client.open(
                    path, method=method.format(number=number, known=known)
                )

        series = len(read_metrics(service))
        ask(range(MANY // 4))  # objects of the first use exist afterwards
        memory = count_resident_bytes(service.process.pid)
        ask(range(MANY, 2 * MANY))

        assert len(read_metrics(service)) - series <= 50
        assert count_resident_bytes(service.process.pid) - memory < 5 * MIB
