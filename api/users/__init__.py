"""Users: creating, finding, reading, changing, deleting and restoring their accounts."""
