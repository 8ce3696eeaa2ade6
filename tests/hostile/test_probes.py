"""The health checks of load balancers, under any Host or without one: B-21 and B-44."""

import json
import time

import pytest

from tests.hostile.raw import send_and_read
from tests.hostile.wire import Wire
from tests.proxy import haproxy

CLOSE = "Connection: close"
PROBE_PATHS = ["/health/live", "/health/ready", "/healthz", "/livez", "/readyz", "/health"]
HOST_LINES = [
    "",
    "Host:",
    "Host: 10.0.0.7:8000",
    "Host: [fe80::1%eth0]:8000",
    "Host: evil.test",
    "Host: a b",
]


def probe(port, path, version="1.1", host="", method="GET"):
    lines = [f"{method} {path} HTTP/{version}", host, CLOSE]
    octets = "\r\n".join([line for line in lines if line] + ["", ""]).encode("latin-1")
    return send_and_read(port, octets, method)


@pytest.mark.parametrize("host", HOST_LINES)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_B_21_health_checks_accept_any_host(port, version, host):
    for path in PROBE_PATHS:
        for probed in (path, f"{path}/"):
            assert probe(port, probed, version, host).status == 200, probed


@pytest.mark.parametrize("host", HOST_LINES)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_B_44_the_root_answers_under_any_host(port, version, host):
    reply = probe(port, "/", version, host)

    assert (reply.status, json.loads(reply.body)["status"]) == (200, "ok")


def test_B_44_the_root_of_the_own_host_leads_to_the_documentation(port):
    reply = probe(port, "/", host=f"Host: 127.0.0.1:{port}")

    assert (reply.status, reply.headers["location"]) == (302, "/docs")


@pytest.mark.parametrize("path", [*PROBE_PATHS, "/"])
def test_B_44_head_is_answered_too(port, path):
    reply = probe(port, path, "1.0", method="HEAD")

    assert (reply.status, reply.body) == (200, b"")


def test_B_21_haproxy_asks_with_options_by_default(port):
    assert probe(port, "/", "1.0", method="OPTIONS").status == 200


@pytest.mark.parametrize("host", HOST_LINES)
def test_B_21_other_paths_still_need_a_known_host(port, host):
    for path in ("/api/me", "/docs", "/openapi.json", "/health/other", "/healthz/../api/me"):
        assert probe(port, path, "1.0", host).status in {400, 404, 421}


def test_B_21_two_hosts_are_rejected_in_a_probe(port):
    two = "Host: a.test\r\nHost: b.test"

    assert probe(port, "/healthz", host=two).status == 400


@pytest.mark.parametrize(
    "check", ["option httpchk", "option httpchk GET /", "option httpchk GET /health/ready/"]
)
def test_B_21_haproxy_finds_the_service_up(service, place, check):
    edits = {
        "option httpchk GET /health/ready": check,
        "check inter 2s": "check inter 100ms fall 1 rise 1 init-addr last",
    }
    with haproxy(place, service.port, edits) as proxy_port:
        time.sleep(1)  # ten checks, of which one that fails takes the service down
        assert Wire(proxy_port).get("/health/live").status == 200
