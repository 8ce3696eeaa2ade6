"""The paths that load balancers and supervisors ask, under any Host or without one.

They send the IP address of the machine as Host, or HTTP/1.0 without a Host, and each of them has
a default path of its own. So these paths lead to the two operations of ``health``.
"""

from typing import Any

Environ = dict[str, Any]

LIVE, READY = "/health/live", "/health/ready"
ROOT = "/"
ALIASES = {LIVE: ("/health", "/healthz", "/livez"), READY: ("/readyz",)}
TARGETS = {
    f"{path}{slash}": target
    for target, aliases in ALIASES.items()
    for path in (target, *aliases)
    for slash in ("", "/")
}
FIRST_SEGMENTS = frozenset(path.split("/")[1] for path in TARGETS)
UNNAMED_HOST = "localhost"  # no response of a probe contains it


def find_target(path: str, *, has_page: bool) -> str | None:
    """Return the path of the operation that answers a probe, or None for any other request.

    The default path of some load balancers is `/`. It is a probe unless it has a page to show.
    """
    if path == ROOT and not has_page:
        return LIVE
    return TARGETS.get(path)


def redirect_probe(environ: Environ, target: str) -> None:
    """Let the operation at ``target`` answer, which sees no Host of the client."""
    environ["PATH_INFO"] = target
    environ["HTTP_HOST"] = UNNAMED_HOST
