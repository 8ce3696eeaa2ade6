"""Which URLs a webhook can have.

Names are not resolved here, because their addresses can change: each delivery checks the address to
which it connects. What is certain already, such as ``https://127.0.0.1``, is rejected at once.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from api.core.errors import InvalidRequest, ValidationError
from api.core.runtime import current_settings
from api.core.validation_rules import ValidationRule
from api.webhooks.addresses import (
    IpAddress,
    IpNetwork,
    is_allowed_address,
    is_inside,
    parse_networks,
)

MAX_URL_LENGTH = 2048
MIN_PORT, MAX_PORT = 1024, 65_535  # beside the usual ones; lower ports belong to other protocols
USUAL_PORTS = {"https": 443, "http": 80}
# The characters of RFC 3986. Whatever is not certain to mean the same to every parser is rejected:
# user information, fragments, backslashes, and what would have to be encoded.
FORM = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?:[/?](?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?",
    re.ASCII,
)
LABEL = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?", re.ASCII)
NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*", re.ASCII)  # what programs read as an address
MAX_NAME_LENGTH = 253
LOOPBACK = IPv4Address("127.0.0.1")
LOCALHOST = "localhost"  # and all names below it (RFC 6761, 6.3)


class DeliverableUrl(NamedTuple):
    """The parts of a URL that decide whether it is allowed."""

    scheme: str
    host: str  # in lower case
    port: int


def require_deliverable_url(url: str) -> None:
    """Reject a URL to which nothing may be delivered.

    Raises:
        InvalidRequest: it says which rule the URL breaks.
    """
    networks = parse_networks(current_settings().webhook_private_networks)
    if message := find_problem(url, networks):
        raise InvalidRequest([ValidationError("/url", ValidationRule.URL, message)])


def find_problem(url: str, private_networks: Iterable[IpNetwork]) -> str | None:
    """Return why a URL is not allowed, or None if it is."""
    networks = tuple(private_networks)
    if len(url) > MAX_URL_LENGTH:
        return f"must have {MAX_URL_LENGTH} characters or fewer"
    parts = _split(url)
    if parts is None:
        return "must be a URL with https, and without user information and fragment"
    if parts.port != USUAL_PORTS[parts.scheme] and not MIN_PORT <= parts.port <= MAX_PORT:
        return f"must have the usual port, or one from {MIN_PORT} to {MAX_PORT}"
    return _find_problem_of_host(parts, networks)


def _split(url: str) -> DeliverableUrl | None:
    match = FORM.fullmatch(url)
    if match is None:
        return None
    scheme, host = match["scheme"], match["host"].lower()
    return DeliverableUrl(scheme, host, int(match["port"] or USUAL_PORTS[scheme]))


def _find_problem_of_host(parts: DeliverableUrl, networks: tuple[IpNetwork, ...]) -> str | None:
    if _is_below_localhost(parts.host):
        address: IpAddress | None = LOOPBACK
    else:
        address = _parse_address(parts.host)
    if address is None and not _is_name(parts.host):
        return "must have a host name, or an IP address in its usual form"
    if address is not None and not is_allowed_address(address, networks):
        return "must have a public address, or one in WEBHOOK_PRIVATE_NETWORKS"
    is_private = bool(networks) if address is None else is_inside(address, networks)
    if parts.scheme == "http" and not is_private:
        return "must use https: http is only for addresses in WEBHOOK_PRIVATE_NETWORKS"
    return None


def _is_below_localhost(host: str) -> bool:
    return host == LOCALHOST or host.endswith(f".{LOCALHOST}")


def _parse_address(host: str) -> IpAddress | None:
    with suppress(ValueError):
        return IPv6Address(host[1:-1]) if host.startswith("[") else IPv4Address(host)
    return None


def _is_name(host: str) -> bool:
    """Return whether a host is a name, and not an address in an unusual form.

    A dot at the end is rejected: no certificate has it, so that the name could not be verified.
    Programs read a name whose last label is a number as an IPv4 address, such as ``2130706433``,
    ``0x7f.1`` or ``0177.1`` (URL Standard, 3.5, ends in a number).
    """
    labels = host.split(".")
    return (
        len(host) <= MAX_NAME_LENGTH
        and all(map(LABEL.fullmatch, labels))
        and not NUMBER.fullmatch(labels[-1])
    )
