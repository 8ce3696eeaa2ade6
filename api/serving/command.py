"""Start the service, as ``rollbook serve`` and ``python -m api.serving`` do."""

import gc
import sys

WRONG_USE = 2


def serve() -> None:
    """Serve until a signal ends it; print what prevents the start in one line.

    The garbage collector finds nothing while modules load, and takes a fifth of the time to the
    first response. ``server.run`` enables it again.
    """
    gc.disable()
    from api import config  # noqa: PLC0415  loads without the collector, as all that follows
    from api.serving.errors import CannotStart  # noqa: PLC0415
    from api.serving.server import run  # noqa: PLC0415

    try:
        run(config.load())
    except (config.ConfigError, CannotStart) as error:
        sys.stderr.write(f"rollbook: {error}\n")
        sys.exit(WRONG_USE)
    finally:
        gc.enable()
