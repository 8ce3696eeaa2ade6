"""``python -m api.serving`` is ``rollbook serve``."""

from api.serving.command import serve
from api.serving.malloc import restart_with_options

if __name__ == "__main__":
    restart_with_options()
    serve()
