class CannotStart(Exception):
    """Something other than a setting prevents the start."""
