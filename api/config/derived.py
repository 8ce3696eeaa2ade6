"""Defaults that follow from other settings; each takes those declared before it."""

import os
from typing import Any
from urllib.parse import urlsplit

Earlier = dict[str, Any]

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def in_testing(then: Any, otherwise: Any) -> Any:
    """Give the testing profile, which is cheap and lenient, another default than the rest."""
    return lambda earlier: then if earlier["environment"] == "testing" else otherwise


def workers(earlier: Earlier) -> int:
    """Several workers count limits together, which takes Redis."""
    return len(os.sched_getaffinity(0)) if earlier["redis_url"] else 1


def public_base_url(earlier: Earlier) -> str:
    """In production it has to be given, so that nobody is sent to an address of our guessing."""
    return "" if earlier["environment"] == "production" else f"http://127.0.0.1:{earlier['port']}"


def allowed_hosts(earlier: Earlier) -> tuple[str, ...]:
    own = host_of(earlier["public_base_url"])
    local = () if earlier["environment"] == "production" else LOCAL_NAMES
    return tuple(dict.fromkeys((own, *local)))


def jwt_issuer(earlier: Earlier) -> str:
    issuer: str = earlier["public_base_url"]
    return issuer


def host_of(url: str) -> str:
    """Return the host as a Host header names it: without port, IPv6 in brackets."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host
