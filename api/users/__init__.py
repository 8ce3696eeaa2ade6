"""People who have an account: creating, finding, reading and changing them."""
