"""``python -m api.serving`` is ``rollbook serve``."""

from api.serving.command import serve

if __name__ == "__main__":
    serve()
