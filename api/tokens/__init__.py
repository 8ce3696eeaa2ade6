"""Issuing and verifying access tokens."""
