"""Which IP addresses webhooks may be delivered to.

A webhook has a URL that an administrator chose, and the service has access to networks that this
person may not have. So only public addresses are allowed, and those of WEBHOOK_PRIVATE_NETWORKS.
"""

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

# The special-purpose registries of IANA. ``is_global`` does not suffice: it is true for multicast,
# and for the networks that lead to other addresses (NAT64, 6to4).
SPECIAL_NETWORKS = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared, for carrier-grade NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, with the metadata of cloud machines
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
            "2001::/23",  # IETF protocol assignments, with Teredo
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")  # the only part of IPv6 whose addresses IANA gives out


def parse_networks(networks: Iterable[str]) -> tuple[IpNetwork, ...]:
    """Return the networks of the setting WEBHOOK_PRIVATE_NETWORKS."""
    return tuple(map(ip_network, networks))


def is_allowed_address(address: str | IpAddress, private_networks: Iterable[IpNetwork]) -> bool:
    """Return whether an address is public, or inside one of these networks.

    An IPv4 address that is written as one of IPv6 is judged as what it is.
    """
    return is_inside(address, private_networks) or _is_public(_unwrap(address))


def is_inside(address: str | IpAddress, networks: Iterable[IpNetwork]) -> bool:
    """Return whether an address is inside one of these networks."""
    unwrapped = _unwrap(address)
    return any(unwrapped in network for network in networks)


def _unwrap(address: str | IpAddress) -> IpAddress:
    parsed = ip_address(address)
    return (isinstance(parsed, IPv6Address) and parsed.ipv4_mapped) or parsed


def _is_public(address: IpAddress) -> bool:
    if address.version == GLOBAL_UNICAST.version and address not in GLOBAL_UNICAST:
        return False
    return not is_inside(address, SPECIAL_NETWORKS)
