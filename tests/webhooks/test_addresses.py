"""Only public addresses receive webhooks (W-01)."""

import pytest

from api.webhooks.addresses import is_allowed_address, is_inside, parse_networks

PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2600::1",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
]
OTHERS = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",  # NAT64
    "64:ff9b::808:808",
    "64:ff9b:1::1",  # NAT64 of a network of one's own
    "100::1",  # discarded
    "2001::1",  # Teredo
    "2001:2::1",  # benchmarks
    "2001:10::1",  # ORCHID
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4
    "3fff::1",
    "5f00::1",  # segment routing
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",  # site-local
    "ff02::1",
    "ff0e::1",  # multicast of global scope
]


@pytest.mark.parametrize("address", PUBLIC)
def test_W_01_a_public_address_is_allowed(address):
    assert is_allowed_address(address, ())


@pytest.mark.parametrize("address", OTHERS)
def test_W_01_any_other_address_is_not_allowed(address):
    assert not is_allowed_address(address, ())


@pytest.mark.parametrize("address", ["10.20.3.4", "::ffff:10.20.3.4", "fd00::1"])
def test_W_01_an_address_inside_a_private_network_of_the_settings_is_allowed(address):
    assert is_allowed_address(address, parse_networks(["10.20.0.0/16", "fd00::/64"]))


@pytest.mark.parametrize("address", ["10.21.0.1", "127.0.0.1", "fd00:0:0:1::1"])
def test_W_01_an_address_outside_of_these_networks_is_not_allowed(address):
    assert not is_allowed_address(address, parse_networks(["10.20.0.0/16", "fd00::/64"]))


def test_a_public_address_is_not_inside_a_private_network():
    assert not is_inside("1.1.1.1", parse_networks(["10.20.0.0/16"]))
