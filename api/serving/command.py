"""Starting the service, as ``rollbook serve`` and ``python -m api.serving`` do."""

import sys

from api import config
from api.serving.supervisor import CannotStart, supervise

WRONG_USE = 2


def serve() -> None:
    """Serve until told to stop; what prevents the start is told in one line."""
    try:
        supervise(config.load())
    except (config.ConfigError, CannotStart) as error:
        sys.stderr.write(f"rollbook: {error}\n")
        sys.exit(WRONG_USE)
