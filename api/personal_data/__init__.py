"""Personal data: what is stored about a person, its export and its erasure."""
