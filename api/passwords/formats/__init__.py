"""Stored password hashes: the formats that can be verified, and what a verification costs."""
