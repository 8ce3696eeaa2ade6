"""API keys that tests save without asking the rules."""

from typing import Any
from uuid import UUID

from api.api_keys.models import ApiKey
from api.core.database import db, transaction
from api.core.program_secrets import make_digest, make_secret
from api.roles.models import ServiceAccountRole
from api.service_accounts.models import ServiceAccount
from tests.support import Person


def save_key(app, **members: Any) -> tuple[UUID, str]:
    """Save a key with all members that are given, and return its id and the key."""
    secret = make_secret("rb_live_")
    values = {"name": "Deploy", "scopes": [], "digest": make_digest(secret), "last4": secret[-4:]}
    with app.app_context(), transaction():
        key = ApiKey(**(values | members))
        db.session.add(key)
        db.session.flush()
        return key.id, secret


def save_service_account(app, name: str = "Robot", role: str | None = None, **members: Any) -> UUID:
    """Save a service account with a role, and return its id."""
    with app.app_context(), transaction():
        account = ServiceAccount(name=name, name_key=name.casefold(), **members)
        db.session.add(account)
        db.session.flush()
        if role:
            db.session.add(ServiceAccountRole(service_account_id=account.id, role=role))
        return account.id


def as_program(client, secret: str) -> Person:
    """Return the caller that sends this key."""
    return Person("", "", "", "", client, secret)
