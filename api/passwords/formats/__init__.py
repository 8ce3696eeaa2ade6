"""The formats of stored password hashes that can be verified, and the cost of a verification."""
