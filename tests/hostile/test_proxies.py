"""nginx, HAProxy and Caddy as docker/proxy configures them: B-22 and B-23.

A proxy that is not installed is skipped, unless REQUIRE_PROXY is set.
"""

import pytest

from tests.hostile.wire import Wire
from tests.proxy import PROXIES

BIG = {"user_metadata": {"text": "x" * 3000}}


@pytest.fixture(scope="module", params=PROXIES)
def proxied(request, start_shared, place):
    """A service that trusts one proxy, and a port of this proxy."""
    service = start_shared(trusted_proxies=1, limit_login_per_address="5 per day")
    with PROXIES[request.param](place, service.port) as port:
        yield service, port


def test_B_23_each_proxy_reports_the_client_and_not_what_it_writes(proxied):
    service, port = proxied
    statuses = []
    for number in range(7):
        wire = Wire(port)
        line = f"X-Forwarded-For: 192.0.2.{number}"
        under = f"X_Forwarded_For: 192.0.2.{number}"
        statuses.append(wire.post("/api/login", {}, line, under).status)

    assert statuses == [422] * 5 + [429] * 2
    assert '"forwarded.unreadable"' not in service.log()


def test_B_22_the_tag_survives_each_proxy_as_configured(proxied):
    service, port = proxied
    person = service.person("Kept")
    wire = Wire(port).as_person(person)
    wire.patch("/api/me", BIG)
    etag = wire.get("/api/me", "Accept-Encoding: gzip, br").headers["ETag"]

    assert etag == '"2"'
    assert wire.patch("/api/me", {"display_name": "Ada"}, f"If-Match: {etag}").status == 200


@pytest.mark.parametrize("kind", ["nginx", "haproxy"])
def test_B_23_a_load_balancer_can_stand_in_front_of_the_proxy(start_shared, place, kind):
    """The test is the load balancer, and the client's header was forged."""
    service = start_shared(trusted_proxies=2, limit_login_per_address="5 per day")
    with PROXIES[kind](place, service.port) as port:
        wire = Wire(port)
        lines = [f"X-Forwarded-For: 198.51.100.{number}, 203.0.113.1:80" for number in range(7)]
        statuses = [wire.post("/api/login", {}, line).status for line in lines]
        other = wire.post("/api/login", {}, "X-Forwarded-For: 203.0.113.1, 203.0.113.2:80")

    assert statuses == [422] * 5 + [429] * 2
    assert other.status == 422
