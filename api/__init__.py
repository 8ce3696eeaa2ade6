"""Rollbook, the user management service."""

from api.app import create_app
from api.core.database import db

__all__ = ["create_app", "db"]
