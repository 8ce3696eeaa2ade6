"""Origins and host names in settings, in the form in which browsers and proxies send them.

What no request can ever match is rejected.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

ANY = "*"
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_PORT = 65_535
NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
WILDCARD = re.compile(r"([a-z0-9_-]*)\*([a-z0-9_-]*)\.(.+\.[a-z0-9_-]*[a-z_-].*)")
PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
VISIBLE_ASCII = re.compile(r"[!-~]+")

EXAMPLE = "give a URL such as https://roll.example.com"


def normalize_base_url(url: str) -> str:
    """Return the URL without a slash at the end; it can have a path."""
    parts = _split(url.rstrip("/"))
    if not PATH.fullmatch(parts.path) or {".", ".."} & set(parts.path.split("/")):
        raise ValueError("the path can have letters, digits, `.`, `_`, `~` and `-` only")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}"


def normalize_origin(url: str) -> str:
    """Return an origin as browsers send it (RFC 6454, 6.2): in lower case, no default port."""
    if url == ANY:
        return url
    first, separator, rest = url.partition("://")
    wildcard = WILDCARD.fullmatch(rest.rstrip("/").lower()) if separator else None
    if ANY in url and (wildcard is None or ANY in wildcard[3]):
        raise ValueError(
            "`*` stands for one label, or a part of it, at the left of a name with two more: "
            "https://*.example.com"
        )
    if wildcard is None:
        return _normalize_bare(url)
    origin = _normalize_bare(f"{first}://{wildcard[3]}")
    return origin.replace("://", f"://{wildcard[1]}*{wildcard[2]}.", 1)


def normalize_host(host: str) -> str:
    """Return a name as the Host header has it, without port; an IPv6 address in brackets."""
    host = host.lower()
    if host != ANY and not _is_host(host):
        raise ValueError("give host names without scheme, port and wildcard, as roll.example.com")
    return host


def _normalize_bare(url: str) -> str:
    parts = _split(url.rstrip("/"))
    if parts.path:
        raise ValueError(f"{EXAMPLE}, without a path")
    host = _get_host(parts)
    shown_host = f"[{IPv6Address(host[1:-1])}]" if host.startswith("[") else host
    port = _read_port(parts)
    shown_port = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{shown_host}{shown_port}"


def _split(url: str) -> SplitResult:
    """Split a URL that has nothing but a scheme, a host, a port and a path."""
    if not VISIBLE_ASCII.fullmatch(url):
        raise ValueError("write it in ASCII (a name as xn--…), without spaces")
    parts = urlsplit(url)
    is_plain = set("@?#\\").isdisjoint(url)
    if parts.scheme not in DEFAULT_PORTS or not is_plain or not _is_host(_get_host(parts)):
        raise ValueError(EXAMPLE)
    _read_port(parts)
    return parts


def _get_host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host


def _read_port(parts: SplitResult) -> int | None:
    port = parts.netloc[len(_get_host(parts)) :]
    if not port:
        return None
    digits = port.removeprefix(":")
    if not (digits.isdigit() and 0 < int(digits) <= MAX_PORT):
        raise ValueError(f"the port is a number from 1 to {MAX_PORT}")
    return int(digits)


def _is_host(host: str) -> bool:
    if NAME.fullmatch(host) and not host.rpartition(".")[2].isdigit():
        return True
    is_bracketed = host.startswith("[") and host.endswith("]")
    try:
        return bool(IPv6Address(host[1:-1]) if is_bracketed else IPv4Address(host))
    except ValueError:
        return False
