"""Defaults that depend on settings declared before."""

import os
from typing import Any
from urllib.parse import urlsplit

Earlier = dict[str, Any]

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def in_testing(then: Any, otherwise: Any) -> Any:
    """Return a default for ``environment`` testing, and another for the others."""
    return lambda earlier: then if earlier["environment"] == "testing" else otherwise


def workers(earlier: Earlier) -> int:
    """Return one per core. Several workers count limits together, which needs Redis."""
    return len(os.sched_getaffinity(0)) if earlier["redis_url"] else 1


def public_base_url(earlier: Earlier) -> str:
    """Return a local URL, or none in production, where the operator has to set it."""
    return "" if earlier["environment"] == "production" else f"http://127.0.0.1:{earlier['port']}"


def allowed_hosts(earlier: Earlier) -> tuple[str, ...]:
    """Return the host of the service. A service for this machine has all names of the machine."""
    own = get_host(earlier["public_base_url"])
    is_local = own in LOCAL_NAMES or earlier["environment"] != "production"
    local = LOCAL_NAMES if is_local else ()
    return tuple(dict.fromkeys((own, *local)))


def jwt_issuer(earlier: Earlier) -> str:
    issuer: str = earlier["public_base_url"]
    return issuer


def email_verification(earlier: Earlier) -> str:
    """Return whether users have to confirm their addresses, which needs mail."""
    return "required" if earlier["mail_url"] else "off"


def get_path(url: str) -> str:
    """Return the path, such as `/auth`, or an empty text."""
    return urlsplit(url).path


def get_host(url: str) -> str:
    """Return the host as in a Host header: without port, IPv6 in brackets."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host
