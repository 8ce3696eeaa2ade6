"""The client's IP address, from the header of the trusted proxies."""

import pytest
from structlog.testing import capture_logs

from api.web import client_address
from api.web.client_address import FORWARDED, ClientAddressReader, normalise_address
from api.web.request_guard import EXCHANGE
from tests.web.guarded import RULES

PEER = "192.0.2.1"


def find(proxies, text, header="X-Forwarded-For"):
    name = f"HTTP_{header.upper().replace('-', '_')}"
    return ClientAddressReader(proxies, header).find({"REMOTE_ADDR": PEER, name: text})


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", PEER),
        (1, "", PEER),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.66, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.66, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", PEER),
        (1, "198.51.100.66, 2001:DB8::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9, not an address", PEER),
        (1, f"fe80::1%{'z' * 90}", "fe80::1"),
    ],
)
def test_N_02_the_client_address_comes_from_the_outermost_trusted_proxy(
    proxies, forwarded, address
):
    assert find(proxies, forwarded) == address


def test_N_02_the_guard_records_the_address(ask, exchanges):
    ask(environ={"REMOTE_ADDR": PEER})

    assert RULES.client_address.trusted_proxies == 0
    assert exchanges.environs[0][EXCHANGE].client_address == PEER


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("", ""),
        ("a socket", ""),
    ],
)
def test_the_peer_has_one_canonical_address(peer, address):
    assert normalise_address(peer) == address


@pytest.mark.parametrize(
    ("node", "address"),
    [
        ("198.51.100.7:51008", "198.51.100.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:DB8::7]", "2001:db8::7"),
        ("[fe80::7%eth0]:443", "fe80::7"),
        ("[::ffff:198.51.100.7]:80", "198.51.100.7"),
        (" 198.51.100.7:51008 ", "198.51.100.7"),
        ("2001:db8::7", "2001:db8::7"),
    ],
)
def test_B_23_an_address_with_port_or_brackets_is_read(node, address):
    assert find(1, f"203.0.113.1, {node}") == address


@pytest.mark.parametrize(
    "node",
    [
        "198.51.100.7:", "198.51.100.7:123456", "198.51.100.7:a", "[2001:db8::7", "2001:db8::7]",
        "[2001:db8::7]443", "[]", "[]:80", ":80", "unknown", "198.51.100", "198.51.100.7:80:80",
        "[[2001:db8::7]]", "_hidden", "localhost", "198.51.100.7;", '"198.51.100.7"', "０.0.0.0",
    ],
)  # fmt: skip
def test_B_23_what_is_no_address_counts_as_the_proxy(node):
    assert find(1, node) == PEER


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("for=203.0.113.60", "203.0.113.60"),
        ("for=203.0.113.60;proto=http;by=203.0.113.43", "203.0.113.60"),
        ('For="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"),
        ('for="203.0.113.60:_port"', "203.0.113.60"),
        ("for=203.0.113.60:80", "203.0.113.60"),
        ("proto=https ; FOR=203.0.113.60 ;", "203.0.113.60"),
        ('host="a;for=6.6.6.6";for=203.0.113.60', "203.0.113.60"),
        ('host="a,for=6.6.6.6";for=203.0.113.60', "203.0.113.60"),
        ('for="203.0.113\\.60"', "203.0.113.60"),
        ("for=6.6.6.6, for=203.0.113.60", "203.0.113.60"),
        ('for="6.6.6.6, for=203.0.113.60', "203.0.113.60"),
        ('for="6.6.6.6, for="[2001:db8::7]:47"', "2001:db8::7"),
        ("for=_hidden", PEER),
        ("for=unknown", PEER),
        ('for="_SEVKISEK"', PEER),
        ("for=", PEER),
        ('for=""', PEER),
        ("proto=https", PEER),
        ("for=203.0.113.60;for=6.6.6.6", PEER),
        ("203.0.113.60", PEER),
        ("for=203.0.113.60,", PEER),
        ('for="203.0.113.60', PEER),
        ("for=203.0.113.60 for=6.6.6.6", PEER),
    ],
)
def test_B_23_forwarded_is_read_as_rfc_7239_defines_it(text, address):
    assert find(1, text, FORWARDED) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("for=6.6.6.6, for=203.0.113.60, for=10.0.0.1", "203.0.113.60"),
        ('for=203.0.113.60;host="a,for=6.6.6.6,b", for=10.0.0.1', "203.0.113.60"),
        ("for=203.0.113.60, for=unknown", "203.0.113.60"),
        ("for=10.0.0.1", PEER),
        ('"", for=10.0.0.1', PEER),
    ],
)
def test_B_23_the_second_trusted_proxy_is_found(text, address):
    assert find(2, text, FORWARDED) == address


def test_B_23_only_the_selected_header_is_read():
    both = {
        "REMOTE_ADDR": PEER,
        "HTTP_FORWARDED": "for=203.0.113.1",
        "HTTP_X_FORWARDED_FOR": "203.0.113.2",
    }
    assert ClientAddressReader(1).find(both) == "203.0.113.2"
    assert ClientAddressReader(1, FORWARDED).find(both) == "203.0.113.1"
    assert ClientAddressReader(1, FORWARDED).find({**both, "HTTP_FORWARDED": ""}) == PEER


@pytest.mark.parametrize("text", ['a=",' * 2000, "," * 8000, '"' * 8000, 'for="' + "\\a" * 4000])
def test_B_23_a_long_header_is_given_up_soon(text):
    assert find(3, text, FORWARDED) == PEER


def test_B_23_what_cannot_be_read_is_logged_once_a_minute_without_an_address(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(client_address, "monotonic", lambda: now[0])
    reader = ClientAddressReader(1)

    def read(text):
        with capture_logs() as lines:
            reader.find({"REMOTE_ADDR": PEER, "HTTP_X_FORWARDED_FOR": text})
        return [(line["event"], line["header"], line["shape"]) for line in lines]

    assert read("198.51.100.7:51008") == []
    assert read("198.51.100.7/ab") == [
        ("forwarded.unreadable", "X-Forwarded-For", "000.00.000.0/aa")
    ]
    now[0] += 59
    assert read("unknown") == []
    now[0] += 2
    assert read("unknown") == [("forwarded.unreadable", "X-Forwarded-For", "aaaaaaa")]
