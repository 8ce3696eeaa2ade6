"""Every table, for Alembic, the shell and the tutorial's ``from api.models import User``."""

from api.audit.models import AuditEvent
from api.passwords.models import PasswordAttempts
from api.roles.models import Role, UserRole
from api.users.models import User

__all__ = ["AuditEvent", "PasswordAttempts", "Role", "User", "UserRole"]
