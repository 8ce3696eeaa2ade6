"""What people read: the contract in Swagger UI, and a page for each error code."""

from api.docs.pages import init_app

__all__ = ["init_app"]
