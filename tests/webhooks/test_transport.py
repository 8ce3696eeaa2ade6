"""What the transport sends, and what it does with receivers that behave badly (W-01, W-03)."""

import time
from threading import Event

import pytest

from api.webhooks.addresses import parse_networks
from api.webhooks.send_errors import SendError
from api.webhooks.transport import Connection, Network, make_tls_context
from tests.certificates import make_certificates
from tests.processes import free_port
from tests.webhooks.receiver import (
    LOOPBACK,
    break_off,
    drip_body,
    drip_headers,
    hang,
    receive,
    respond,
    stream,
    write,
)

TIMEOUT_SECONDS = 0.5
MAX_SECONDS = 5.0  # a busy machine takes longer than the timeout
BODY, HEADERS = b"{}", {"content-type": "application/json"}


def make_network(*addresses: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Network:
    """Return a network in which each name has these addresses, or that of the system."""
    options = {"resolve": lambda _host: list(addresses)} if addresses else {}
    return Network(
        private_networks=parse_networks([LOOPBACK]), timeout_seconds=timeout_seconds, **options
    )


def post(url: str, network: Network | None = None):
    with Connection(url, network or make_network()) as connection:
        return connection.post(BODY, HEADERS)


def fail(url: str, network: Network | None = None) -> str:
    """Send a request that gets no response, and return the error."""
    with pytest.raises(SendError) as failed:
        post(url, network)
    return failed.value.text


def change_host(url: str, host: str) -> str:
    return url.replace("127.0.0.1", host)


def test_a_request_reaches_the_path_of_the_url():
    with receive(respond(201, b"thanks", x_id="7")) as receiver:
        response = post(f"{receiver.url}/a?b=c")

    [request] = receiver.requests
    assert (request.method, request.path, request.body) == ("POST", "/hook/a?b=c", BODY)
    assert request.headers["content-length"] == "2"
    assert request.headers["host"] == receiver.url.split("/")[2]
    assert (response.status, response.body, response.headers["x-id"]) == (201, b"thanks", "7")


def test_connections_are_kept():
    with receive() as receiver, Connection(receiver.url, make_network()) as connection:
        for _ in range(3):
            connection.post(BODY, HEADERS)

    assert (len(receiver.requests), receiver.connections) == (3, 1)


def test_a_kept_connection_that_the_receiver_has_closed_is_opened_again():
    with receive() as receiver, Connection(receiver.url, make_network()) as connection:
        receiver.behaviours = [respond(), break_off]
        connection.post(BODY, HEADERS)
        response = connection.post(BODY, HEADERS)

    assert (response.status, receiver.connections) == (204, 2)


INTERIM = {status: f"HTTP/1.1 {status} Wait\r\nX: y\r\n\r\n".encode() for status in (100, 102, 103)}
FINAL = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("statuses", [(100,), (102,), (103,), (100, 103, 100, 102)])
def test_interim_responses_are_skipped_and_the_next_request_has_its_own_response(statuses):
    interim = [INTERIM[status] for status in statuses]
    with receive() as receiver, Connection(receiver.url, make_network()) as connection:
        receiver.behaviours = [write(*interim, FINAL), respond(201)]
        answers = [connection.post(BODY, HEADERS).status for _ in range(2)]

    assert (answers, receiver.connections) == ([503, 201], 1)


def test_interim_responses_without_end_are_an_error():
    with receive() as receiver, Connection(receiver.url, make_network()) as connection:
        receiver.behaviours = [write(INTERIM[103] * 50, FINAL), respond(201)]
        with pytest.raises(SendError):
            connection.post(BODY, HEADERS)
        assert connection.post(BODY, HEADERS).status == 201
    assert receiver.connections == 2


UNCERTAIN = {
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "a body after 204": b"HTTP/1.1 204 No Content\r\nContent-Length: 44\r\n\r\n",
    "two lengths": b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
}


@pytest.mark.parametrize("beginning", UNCERTAIN.values(), ids=UNCERTAIN)
def test_a_connection_on_which_more_can_follow_is_closed(beginning):
    with receive() as receiver, Connection(receiver.url, make_network()) as connection:
        receiver.behaviours = [write(beginning)]
        connection.post(BODY, HEADERS)
        connection.post(BODY, HEADERS)
    assert receiver.connections == 2


def test_what_comes_before_a_request_is_not_the_response_to_it():
    with receive() as receiver, Connection(receiver.url, make_network()) as connection:
        answered, written = Event(), Event()

        def respond_twice(handler):
            respond(503)(handler)
            answered.wait(30)
            respond(204)(handler)
            written.set()

        receiver.behaviours = [respond_twice, respond(500)]
        assert connection.post(BODY, HEADERS).status == 503
        answered.set()
        assert written.wait(30)
        assert connection.post(BODY, HEADERS).status == 500
    assert receiver.connections == 2


def test_retry_after_is_read_wherever_it_is():
    headers = {f"x_{number}": "y" for number in range(60)}
    with receive(respond(503, **headers, retry_after="600")) as receiver:
        response = post(receiver.url)

    assert (response.retry_after, len(response.headers)) == ("600", 30)


def test_a_receiver_that_closes_the_connection_is_an_error():
    with receive(break_off) as receiver:
        assert fail(receiver.url) == "the connection was closed before a response"
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("behaviour", [hang, drip_headers])
def test_W_03_a_receiver_that_does_not_respond_is_given_up_in_time(behaviour):
    with receive(behaviour) as receiver:
        started = time.monotonic()
        assert fail(receiver.url) == "no response in time"
        assert time.monotonic() - started < MAX_SECONDS


def test_W_03_a_body_without_end_is_given_up_in_time():
    with receive(drip_body) as receiver:
        started = time.monotonic()
        response = post(receiver.url)
        assert time.monotonic() - started < MAX_SECONDS

    assert (response.status, set(response.body)) == (200, {ord("x")})


def test_W_03_at_most_64_KiB_of_a_response_are_read():
    with receive(stream) as receiver:
        response = post(receiver.url, make_network(timeout_seconds=30))

    assert (response.status, len(response.body)) == (200, 65_536)
    assert receiver.streamed_bytes < 64 * 1024 * 1024  # what the buffers of sockets hold


def test_W_01_a_redirect_is_not_followed():
    target = "http://169.254.169.254/latest/meta-data/"
    with receive(respond(302, location=target)) as receiver:
        assert post(receiver.url).status == 302
    assert len(receiver.requests) == 1


def test_W_01_the_address_is_resolved_once_and_the_connection_goes_to_what_was_checked():
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    with receive() as receiver:
        network = Network(
            private_networks=parse_networks(["127.0.0.1/32"]),
            resolve=lambda _host: answers.pop(0),
            timeout_seconds=TIMEOUT_SECONDS,
        )
        url = change_host(receiver.url, "rebinding.example")
        with Connection(url, network) as connection:
            assert connection.post(BODY, HEADERS).status == 204
            assert connection.address == "127.0.0.1"
        assert len(answers) == 1
        assert fail(url, network) == "the host has an IP address that is not public"

    assert [request.headers["host"] for request in receiver.requests] == [url.split("/")[2]]


@pytest.mark.parametrize(
    "addresses", [["169.254.169.254"], ["127.0.0.1", "10.0.0.1"], ["1.1.1.1", "::ffff:10.0.0.1"]]
)
def test_W_01_no_connection_is_opened_if_one_address_is_not_allowed(addresses):
    with receive() as receiver:
        url = change_host(receiver.url, "mixed.example").replace("http:", "https:")
        assert "that is not public" in fail(url, make_network(*addresses))
    assert receiver.connections == 0


@pytest.mark.parametrize("host", ["2130706433", "0177.1", "localhost", "0"])
def test_W_01_other_forms_of_a_loopback_address_are_recognised(host):
    with receive() as receiver:
        network = Network(private_networks=(), timeout_seconds=TIMEOUT_SECONDS)
        assert "that is not public" in fail(change_host(receiver.url, host), network)
    assert receiver.connections == 0


def test_W_01_http_is_not_used_outside_of_private_networks():
    error = fail("http://receiver.example/", make_network("1.1.1.1"))

    assert error == "http is allowed inside WEBHOOK_PRIVATE_NETWORKS alone"


def test_no_proxy_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with receive() as receiver:
        assert post(receiver.url).status == 204


def test_the_second_address_is_tried_if_nothing_listens_at_the_first():
    with receive() as receiver:
        url = change_host(receiver.url, "two.example")
        network = make_network("127.0.0.9", "127.0.0.1")
        with Connection(url, network) as connection:
            connection.post(BODY, HEADERS)
            assert connection.address == "127.0.0.1"


def test_errors_are_in_plain_words():
    assert fail(f"http://127.0.0.1:{free_port()}/") == "no connection: Connection refused"


def test_a_name_that_does_not_exist_is_an_error():
    def resolve(_host):
        raise OSError

    network = Network(private_networks=(), resolve=resolve)

    assert fail("https://none.example/", network) == "the name of the host cannot be resolved"


def test_W_03_a_name_server_that_does_not_answer_is_given_up_in_time():
    with receive() as receiver:

        def resolve(_host):
            receiver.closing.wait()
            return []

        network = Network(private_networks=(), resolve=resolve, timeout_seconds=TIMEOUT_SECONDS)
        expected = "the name of the host was not resolved in time"
        assert fail("https://slow.example/", network) == expected


@pytest.fixture
def certificates(tmp_path, monkeypatch):
    """The files of a certificate for localhost, whose authority the system trusts."""
    authority, certificate, key = make_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    make_tls_context.cache_clear()
    yield certificate, key
    make_tls_context.cache_clear()


def test_a_certificate_for_the_name_is_required_and_the_address_is_pinned(certificates):
    with receive(certificate=certificates) as receiver:
        network = make_network("127.0.0.1", timeout_seconds=30)
        assert post(receiver.url, network).status == 204
        other = receiver.url.replace("localhost", "other.example")
        assert fail(other, network).startswith("the certificate is not valid: Hostname mismatch")


def test_a_certificate_of_an_unknown_authority_is_an_error(certificates, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    make_tls_context.cache_clear()
    with receive(certificate=certificates) as receiver:
        error = fail(receiver.url, make_network("127.0.0.1", timeout_seconds=30))

    assert error.startswith("the certificate is not valid: unable to get local issuer")
    assert receiver.requests == []


def test_W_03_a_receiver_that_hangs_after_tls_is_given_up_in_time(certificates):
    with receive(drip_headers, certificate=certificates) as receiver:
        started = time.monotonic()
        network = make_network("127.0.0.1", timeout_seconds=1.0)
        assert fail(receiver.url, network) == "no response in time"
        assert time.monotonic() - started < MAX_SECONDS


def test_a_receiver_that_does_not_speak_tls_is_an_error():
    with receive() as receiver:
        url = receiver.url.replace("http:", "https:")
        assert fail(url, make_network(timeout_seconds=30)).startswith("TLS failed: ")
