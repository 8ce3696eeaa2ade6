"""Which URLs a webhook can have (W-01)."""

import pytest

from api.webhooks.addresses import parse_networks
from api.webhooks.urls import find_problem

PRIVATE = parse_networks(["10.20.0.0/16", "127.0.0.0/8", "fd00::/8"])
FORM, PORT = "must be a URL", "must have the usual port"
ADDRESS, HOST, SCHEME = "must have a public address", "must have a host name", "must use https"

REJECTED = {
    "http://example.org/hook": SCHEME,
    "http://8.8.8.8/hook": SCHEME,
    "ftp://example.org/hook": FORM,
    "example.org/hook": FORM,
    "//example.org/hook": FORM,
    "https:/example.org": FORM,
    "https://": FORM,
    "https://user@example.org/": FORM,
    "https://user:secret@example.org/": FORM,
    "https://example.org#@127.0.0.1/": FORM,
    "https://example.org/hook#part": FORM,
    "https://example.org\\@127.0.0.1/": FORM,
    "https://example.org/a b": FORM,
    "https://example.org/a\nb": FORM,
    "https://example.org/%zz": FORM,
    "https://%31%32%37.0.0.1/": FORM,
    "https://\N{FULLWIDTH DIGIT ONE}27.0.0.1/": FORM,
    "https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example/": FORM,
    "https://example.org:/": FORM,
    "https://example.org:0443/": FORM,
    "https://example.org:22/": PORT,
    "https://example.org:80/": PORT,
    "https://example.org:1023/": PORT,
    "https://example.org:65536/": PORT,
    "https://[fe80::1%25eth0]/": FORM,
    "https://[::1%25lo]/": FORM,
    "https://127.0.0.1/": ADDRESS,
    "https://127.0.0.1./": HOST,
    "https://127.1.2.3:8443/": ADDRESS,
    "https://0.0.0.0/": ADDRESS,
    "https://10.1.2.3/": ADDRESS,
    "https://172.16.0.1/": ADDRESS,
    "https://192.168.1.1/": ADDRESS,
    "https://100.64.0.1/": ADDRESS,
    "https://169.254.169.254/latest/meta-data": ADDRESS,
    "https://224.0.0.1/": ADDRESS,
    "https://255.255.255.255/": ADDRESS,
    "https://[::1]/": ADDRESS,
    "https://[::]/": ADDRESS,
    "https://[::ffff:127.0.0.1]/": ADDRESS,
    "https://[::ffff:7f00:1]/": ADDRESS,
    "https://[64:ff9b::7f00:1]/": ADDRESS,
    "https://[2002:7f00:1::]/": ADDRESS,
    "https://[fe80::1]/": ADDRESS,
    "https://[fd00::1]/": ADDRESS,
    "https://[ff02::1]/": ADDRESS,
    "https://localhost/": ADDRESS,
    "https://localhost./": HOST,
    "https://LOCALHOST/": ADDRESS,
    "https://api.localhost/": ADDRESS,
    "https://2130706433/": HOST,
    "https://0x7f000001/": HOST,
    "https://0x7f.1/": HOST,
    "https://0177.1/": HOST,
    "https://0177.0.0.1/": HOST,
    "https://017700000001/": HOST,
    "https://127.1/": HOST,
    "https://1.2.3.4.5/": HOST,
    "https://[127.0.0.1]/": HOST,
    "https://[1::2::3]/": HOST,
    "https://example.org./": HOST,
    "https://example..org/": HOST,
    "https://-example.org/": HOST,
    f"https://{'a.' * 130}org/": HOST,
    f"https://example.org/{'a' * 2048}": "must have 2048 characters",
}
ACCEPTED = [
    "https://example.org",
    "https://example.org/",
    "https://EXAMPLE.org/hook?x=1&y=%20",
    "https://example.org:443/",
    "https://example.org:1024/",
    "https://example.org:8443/@me",
    "https://xn--bcher-kva.example/",
    "https://a_service.example.org/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
]
WITH_PRIVATE_NETWORKS = [
    "http://10.20.0.7/",
    "http://10.20.0.7:8080/",
    "https://10.20.0.7/",
    "http://localhost:8080/",
    "http://[fd00::7]:8080/",
    "http://[::ffff:10.20.0.7]/",
    "http://receiver.internal/",  # its address is checked at each delivery
]


@pytest.mark.parametrize("url", REJECTED)
def test_W_01_a_url_to_which_nothing_may_be_delivered_is_rejected(url):
    assert (find_problem(url, ()) or "").startswith(REJECTED[url])


@pytest.mark.parametrize("url", ACCEPTED)
def test_W_01_a_public_url_is_accepted(url):
    assert find_problem(url, ()) is None


@pytest.mark.parametrize("url", WITH_PRIVATE_NETWORKS)
def test_W_01_private_networks_are_accepted_if_they_are_set(url):
    assert find_problem(url, ()) is not None
    assert find_problem(url, PRIVATE) is None


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8/", "http://10.21.0.1/", "https://192.168.0.1/", "https://10.20.0.7:22/"]
)
def test_W_01_private_networks_allow_nothing_else(url):
    assert find_problem(url, PRIVATE) is not None
