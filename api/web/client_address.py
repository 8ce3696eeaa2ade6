"""The client's IP address: that of the peer, or the one that a trusted proxy has recorded.

A proxy appends to its header, so what stands on the left of it was written by the client.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from time import monotonic
from typing import Any

import structlog

Environ = dict[str, Any]

X_FORWARDED_FOR, FORWARDED = "X-Forwarded-For", "Forwarded"  # RFC 7239 defines the second
WARNING_PAUSE_SECONDS = 60
MAX_SHAPE_LENGTH = 64

# What may stand around an address: brackets, and a port (RFC 7239, 6).
NODE = re.compile(
    r"(?:\[(?P<bracketed>[^\[\]]+)\]|(?P<plain>[0-9.]+))(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?"
)
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"  # noqa: S105  RFC 9110, 5.6.2
PLAIN = r"[][:!#$%&'*+.^_`|~0-9A-Za-z-]++"  # some proxies do not quote a port and brackets
PAIR = re.compile(
    rf'[ \t]*+(?:(?P<name>{TOKEN})=(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<plain>{PLAIN})))?+'
    r"[ \t]*+(?:;|\Z)"
)
MAX_COMMAS = 8  # in the quoted texts of one element of Forwarded

log = structlog.get_logger()


@lru_cache(maxsize=4096)
def normalise_address(text: str) -> str:
    """Return an IP address in its one canonical form, or an empty text if it is none.

    It can have a port and brackets. A zone is local to a machine and can be any text, so it is
    removed. An IPv4 address that is mapped to IPv6 is written as IPv4 (RFC 4291, 2.5.5.2).
    """
    text = text.strip()
    if node := NODE.fullmatch(text):
        text = node["bracketed"] or node["plain"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


@dataclass
class ClientAddressReader:
    """Reads the header of the trusted proxies, and no other; app.py makes it from the settings."""

    trusted_proxies: int = 0
    header: str = X_FORWARDED_FOR
    warned_at: float = field(default=-WARNING_PAUSE_SECONDS, init=False)
    environ_name: str = field(init=False)

    def __post_init__(self) -> None:
        self.environ_name = f"HTTP_{self.header.upper().replace('-', '_')}"

    def find(self, environ: Environ) -> str:
        """Return the client's IP address: the peer's, or the one that the first trusted proxy saw.

        It is empty where there is none, as behind a Unix socket.
        """
        peer = normalise_address(environ.get("REMOTE_ADDR", ""))
        text = environ.get(self.environ_name)
        if not text or self.trusted_proxies == 0:
            return peer
        read_node = _read_forwarded if self.header == FORWARDED else _read_x_forwarded_for
        node = read_node(text, self.trusted_proxies)
        address = normalise_address(node)
        if not address:
            self._warn(node)
        return address or peer

    def _warn(self, node: str) -> None:
        """Log that the header cannot be read, at most once a minute, since clients can cause it.

        The log has no addresses: digits are replaced by 0, letters by a.
        """
        now = monotonic()
        if now - self.warned_at < WARNING_PAUSE_SECONDS:
            return
        self.warned_at = now
        shape = re.sub("[A-Za-z]", "a", re.sub("[0-9]", "0", node[:MAX_SHAPE_LENGTH]))
        expected = self.trusted_proxies
        log.warning("forwarded.unreadable", header=self.header, shape=shape, proxies=expected)


def _read_x_forwarded_for(text: str, position: int) -> str:
    """Return what stands at a position, counted from the right, or an empty text."""
    hops = text.split(",")
    return hops[-position] if position <= len(hops) else ""


def _read_forwarded(text: str, position: int) -> str:
    """Return the node of ``for`` at a position, counted from the right (RFC 7239, 4)."""
    rest: str | None = text
    node = ""
    for _ in range(position):
        if rest is None:
            return ""
        rest, node = _pop_element(rest)
    return node


def _pop_element(text: str) -> tuple[str | None, str]:
    """Split the last element off: return what is left of it, and its node.

    The last element is the shortest well-formed one, so a quote that a client leaves open does not
    hide the elements that proxies have added.
    """
    start = len(text)
    for _ in range(MAX_COMMAS):
        start = text.rfind(",", 0, start)
        pairs = _read_pairs(text[start + 1 :])
        if pairs is not None:
            return (text[:start] if start >= 0 else None), pairs.get("for", "")
        if start < 0:
            break
    return None, ""


def _read_pairs(element: str) -> dict[str, str] | None:
    """Return the parameters of an element, or None if it is malformed or repeats one."""
    pairs: dict[str, str] = {}
    place = 0
    while place < len(element):
        pair = PAIR.match(element, place)
        if pair is None or (pair["name"] or "").lower() in pairs:
            return None
        if pair["name"]:
            value = pair["plain"] or re.sub(r"\\(.)", r"\1", pair["quoted"] or "")
            pairs[pair["name"].lower()] = value
        place = pair.end()
    return pairs
