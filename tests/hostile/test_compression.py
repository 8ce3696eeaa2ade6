"""A proxy that compresses responses and so alters their ETags: B-22."""

import pytest

from tests.hostile.wire import Wire
from tests.proxy import haproxy, nginx

BIG = {"user_metadata": {"text": "x" * 3000}}
NGINX = {"gzip off;": "gzip on; gzip_min_length 1; gzip_proxied any; gzip_types application/json;"}
HAPROXY = {
    "    default_backend": "    filter compression\n    compression algo gzip\n"
    "    compression type application/json\n    default_backend"
}


@pytest.fixture(scope="module")
def person(service):
    person = service.person("Tagged")
    person.patch("/api/me", BIG)
    return person


@pytest.fixture(scope="module")
def weakened(service, person, place):
    """A client behind nginx that compresses, and the ETag that it gets."""
    with nginx(place, service.port, edits=NGINX) as port:
        wire = Wire(port).as_person(person)
        yield wire, wire.get("/api/me", "Accept-Encoding: gzip").headers["ETag"]


def test_B_22_nginx_weakens_the_tag_and_the_412_says_so(weakened):
    wire, etag = weakened
    answer = wire.patch("/api/me", {"display_name": "Ada"}, f"If-Match: {etag}")

    assert etag == 'W/"2"'
    assert (answer.status, answer.error) == (412, "precondition_failed")
    assert answer.json["reason"] == "altered_etag"
    assert "has not been changed" in answer.json["detail"]
    assert "compress" in answer.json["detail"]


def test_B_22_a_stale_tag_is_told_apart(weakened):
    wire, _ = weakened
    reasons = [
        wire.patch("/api/me", {"display_name": "Ada"}, f"If-Match: {etag}").json["reason"]
        for etag in ('W/"1"', '"1"', '"2-gzip"')
    ]
    assert reasons == ["changed_and_altered_etag", "changed", "altered_etag"]


def test_B_22_haproxy_leaves_the_tag_alone_since_we_ask_it_to(service, person, place):
    with haproxy(place, service.port, HAPROXY) as port:
        answer = Wire(port).as_person(person).get("/api/me", "Accept-Encoding: gzip")

    assert answer.headers["ETag"] == '"2"'
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store, no-transform"
