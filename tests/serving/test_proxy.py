"""nginx as docker-compose.yml configures it; tests/hostile sends it broken and slow requests."""

import http.client
import ssl

import pytest

from tests.hostile.raw import build_head, send_and_read
from tests.proxy import make_certificate, nginx

CLOSE = "Connection: close"


@pytest.fixture
def proxied(serve, place):
    """Start a service that trusts one proxy and counts few logins, and nginx in front of it."""
    service = serve(workers=1, trusted_proxies=1, limit_public_per_address="5 per day")
    with nginx(place, service.port) as port:
        yield port


def test_a_client_cannot_choose_the_ip_address_that_limits_count(proxied):
    """WSGI reads X_Forwarded_For and X-Forwarded-For as one header."""
    statuses = [
        send_and_read(
            proxied,
            build_head(
                proxied,
                "GET /openapi.json HTTP/1.1",
                CLOSE,
                f"X-Forwarded-For: 192.0.2.{number}",
                f"X_Forwarded_For: 192.0.2.{number}",
            ),
        ).status
        for number in range(7)
    ]

    assert statuses == [200] * 5 + [429] * 2


def test_nginx_speaks_tls_with_a_certificate(service, place, tmp_path):
    certificate, key = make_certificate(tmp_path)
    tls = f"ssl_certificate {certificate}; ssl_certificate_key {key};"
    context = ssl.create_default_context(cafile=certificate)
    with nginx(place, service.port, " ssl", tls) as port:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
        connection.request("GET", "/health/live")
        response = connection.getresponse()
        response.read()
        connection.close()

    assert response.status == 200
    assert response.headers["Server"] == "rollbook"
