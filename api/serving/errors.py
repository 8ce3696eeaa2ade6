class CannotStart(Exception):
    """Something other than a setting prevents the start."""


class PortInUse(CannotStart):
    """Another process listens on the port of the service."""
