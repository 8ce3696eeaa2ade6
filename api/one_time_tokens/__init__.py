"""Tokens that a mailed link carries: each works once, for one purpose, and for a limited time."""
