"""Every table, for Alembic, the shell and the tutorial's ``from api.models import User``."""

from api.audit.models import AuditEvent, AuditLink
from api.idempotency.models import KeptAnswer
from api.keys.models import SigningKey
from api.passwords.models import PasswordAttempts
from api.roles.models import Role, UserRole
from api.sessions.models import Session
from api.users.models import User

__all__ = [
    "AuditEvent",
    "AuditLink",
    "KeptAnswer",
    "PasswordAttempts",
    "Role",
    "Session",
    "SigningKey",
    "User",
    "UserRole",
]
