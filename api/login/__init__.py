"""Login, reauthentication and password changes."""
