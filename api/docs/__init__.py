"""The documentation pages: the contract in Swagger UI, and a page for each error code."""

from api.docs.pages import publish, register

__all__ = ["publish", "register"]
