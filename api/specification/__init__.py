"""The specification of this version, served at `/specification`; `make spec` writes the page."""

from api.specification.pages import register

__all__ = ["register"]
