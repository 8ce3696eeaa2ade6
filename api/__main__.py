"""Start the command ``rollbook``.

``serve`` may start the process again, which is done before anything is imported that takes time.
"""

import gc
import sys

from api.serving.malloc import restart_with_options


def main() -> None:
    if "serve" in sys.argv[1:]:
        restart_with_options()
        # The collector finds nothing while modules load, and would take a fifth of the time until
        # the first response. The server enables it again.
        gc.disable()
    from api.cli import main as run_command  # noqa: PLC0415  takes 0.3 s

    run_command()


if __name__ == "__main__":
    main()
