"""What is measured, and who may see it: O-05, O-06."""

import re
from pathlib import Path
from urllib.request import urlopen

import pytest

from api.core import secrets

MANY = 2000
MIB = 1024 * 1024
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
WAYS = (
    ("GET", "/nowhere-{number}"),
    ("GET", "/api/users/{id}"),
    ("DELETE", "/api/users/{id}"),
    ("BREW{number}", "/api/me"),
    ("{known}", "/api/{number}"),
)
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


def scraped(service) -> dict[str, float]:
    with urlopen(service.metrics_url, timeout=5) as answer:
        text = answer.read().decode()
    return {f"{name}{{{labels}}}": float(value) for name, labels, value in SAMPLE.findall(text)}


def answered(service, route: str) -> float:
    return sum(
        value
        for series, value in scraped(service).items()
        if series.startswith("rollbook_requests_total") and f'route="{route}"' in series
    )


def resident(process: int) -> int:
    """Return what the processes that this one started hold in memory, and theirs."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    [pages] = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(pages) * 1024 + sum(resident(int(child)) for child in children)


class TestWhoMaySee:
    def test_O_05_the_public_port_has_no_metrics(self, service):
        answer = service.local_service.client.get("/metrics")

        assert answer.status_code == 404
        assert answer.json["error"] == "not_found"

    def test_O_05_they_are_told_on_a_port_of_their_own(self, service):
        assert any(series.startswith("rollbook_info{") for series in scraped(service))

    def test_O_05_or_beside_the_api_where_the_operator_says_so(self, build):
        answer = build(METRICS_PUBLIC=True).test_client().get("/metrics")

        assert answer.status_code == 200
        assert "rollbook_requests_total" in answer.text

    @pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
    def test_O_05_health_tells_no_host_version_or_database(self, service, path):
        answer = service.local_service.client.get(path)
        told = answer.text + str(answer.headers)

        assert answer.status_code == 200
        for word in ("postgres", "psycopg", "granian", "127.0.0.1", "0.1.0", "0001", "Python"):
            assert word not in told


class TestWhatIsMeasured:
    def test_requests_are_counted_over_all_workers(self, service):
        before = answered(service, "/health/live")

        for _ in range(50):
            service.local_service.client.get("/health/live")

        assert answered(service, "/health/live") == before + 50

    def test_domain_events_are_counted(self, service):
        failed = 'rollbook_audit_events_total{event="login.failed"}'
        before = scraped(service)[failed]

        wrong = {"username": "nobody-at-all", "password": "wrong horse battery"}
        service.local_service.client.post("/api/login", json=wrong)

        assert scraped(service)[failed] == before + 1

    def test_O_06_random_paths_ids_and_methods_make_no_series_and_take_no_memory(self, service):
        def ask(numbers: range) -> None:
            for number in numbers:
                method, path = WAYS[number % len(WAYS)]
                known = METHODS[number % len(METHODS)]
                path = path.format(number=number, id=secrets.new_id())
                service.local_service.client.open(
                    path, method=method.format(number=number, known=known)
                )

        series = len(scraped(service))
        ask(range(MANY // 4))  # whatever is made at first use is made
        memory = resident(service.process.pid)
        ask(range(MANY, 2 * MANY))

        assert len(scraped(service)) - series <= 50
        assert resident(service.process.pid) - memory < 5 * MIB
