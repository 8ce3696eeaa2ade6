"""The password policy, hashing, formats of other systems, and attempts."""
