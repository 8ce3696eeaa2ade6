"""Start the service, as ``rollbook serve`` and ``rollbook run`` do."""

import sys
from collections.abc import Callable

from api import config
from api.serving.errors import CannotStart
from api.serving.server import run

WRONG_USE = 2


def serve(
    on_ready: Callable[[], None] = lambda: None, *, wait: bool = False, with_worker: bool = False
) -> None:
    """Serve until a signal ends it; print what prevents the start in one line.

    With ``wait`` the service also starts without a schema, or with a
    signing key that it cannot decrypt, and is not ready then. ``with_worker`` also delivers
    messages and runs jobs.
    """
    try:
        run(config.load(), on_ready, wait=wait, with_worker=with_worker)
    except (config.ConfigError, CannotStart) as error:
        sys.stderr.write(f"rollbook: {error}\n")
        sys.exit(WRONG_USE)
