"""Sessions: what a login opens, refresh tokens keep alive, and logging out ends."""
