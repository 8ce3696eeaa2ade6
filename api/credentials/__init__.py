"""How administrators help users who cannot log in: a temporary password, an end of a pause."""
