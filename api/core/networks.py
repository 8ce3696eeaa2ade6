"""Networks of IP addresses, as clients write them."""

from ipaddress import ip_network


def normalise_network(text: str) -> str:
    """Return a network in CIDR notation. A single address is a network of one.

    Raises:
        ValueError: it is no network, or it is an address inside one, such as ``192.0.2.7/24``; or
            it has IPv4 addresses that are mapped to IPv6, which the service knows as IPv4; or it
            has a zone, which only has a meaning on one machine (RFC 4007, 11).
    """
    if "%" in text:
        raise ValueError("zone")
    network = ip_network(text)
    if network.version == 6 and network.network_address.ipv4_mapped:  # noqa: PLR2004  IPv6
        raise ValueError("mapped")
    return str(network)


def is_network(text: object) -> bool:
    """Return whether a text is a network, or something else than a text."""
    try:
        return not isinstance(text, str) or bool(normalise_network(text))
    except ValueError:
        return False
