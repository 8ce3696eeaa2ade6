"""The networks from which a key may be used, and those from which it was used."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network

MAX_CACHED = 4096
IPV4_PREFIX, IPV6_PREFIX = 24, 48  # of the network that one customer of a provider usually has

parse_network = lru_cache(MAX_CACHED)(ip_network)


@lru_cache(MAX_CACHED)
def find_network(address: str) -> str | None:
    """Return the IPv4 /24 or the IPv6 /48 of a client IP address, or None if it is not known."""
    if not address:
        return None
    prefix = IPV6_PREFIX if ":" in address else IPV4_PREFIX
    return str(ip_network(f"{address}/{prefix}", strict=False))


def is_in_networks(address: str, networks: Sequence[str]) -> bool:
    """Return whether a client IP address is in one of the networks; an unknown one is in none."""
    if not address:
        return False
    client = ip_address(address)
    return any(client in parse_network(network) for network in networks)
