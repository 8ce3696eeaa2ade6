"""Compares two versions of the contract by what breaks a client, and lists what has changed.

It reads OpenAPI 3.1 documents only. It imports nothing of the service.
"""
