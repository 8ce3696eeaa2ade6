"""JSON Pointers (RFC 6901), which name the place of an error in a request."""


def make_pointer(*steps: str | int) -> str:
    """Return the pointer to a value. Each step is a member name or an index of an array."""
    return "".join(f"/{_escape(str(step))}" for step in steps)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
