"""Service accounts: principals without a password, for programs."""
