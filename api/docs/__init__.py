"""The documentation pages: the contract in Swagger UI, and a page for each error code."""

from api.docs.pages import prepare, publish, register

__all__ = ["prepare", "publish", "register"]
