"""Stored responses for clients that repeat a request with its Idempotency-Key."""
