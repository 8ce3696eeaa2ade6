"""Starting the service, as ``rollbook serve`` and ``python -m api.serving`` do."""

import gc
import sys

WRONG_USE = 2


def serve() -> None:
    """Serve until told to stop; what prevents the start is told in one line.

    What is loaded stays, so nothing is gained by looking for garbage meanwhile, which takes a
    fifth of the time to the first answer. The supervisor turns the collector on afterwards.
    """
    gc.disable()
    from api import config  # noqa: PLC0415  without the collector, as all that follows
    from api.serving.listeners import CannotStart  # noqa: PLC0415
    from api.serving.supervisor import supervise  # noqa: PLC0415

    try:
        supervise(config.load())
    except (config.ConfigError, CannotStart) as error:
        sys.stderr.write(f"rollbook: {error}\n")
        sys.exit(WRONG_USE)
    finally:
        gc.enable()
