"""Every table, for Alembic, the shell and the tutorial's ``from api.models import User``."""

from api.api_keys.models import ApiKey, ApiKeyNetwork
from api.audit.models import AuditEvent, ChainEntry, DenialCount
from api.idempotency.models import StoredResponse
from api.invitations.models import Invitation
from api.jobs.models import JobRun
from api.keys.models import SigningKey
from api.login_notices.models import KnownDevice
from api.mail.models import MailCount
from api.oauth.models import RevokedToken, UsedAssertion
from api.one_time_tokens.models import OneTimeToken
from api.outbox.models import OutboxMessage
from api.passwords.models import PasswordAttempts
from api.roles.models import Role, ServiceAccountRole, UserRole
from api.service_accounts.models import ClientCredential, ServiceAccount
from api.sessions.models import Session
from api.users.models import PurgedAccount, User
from api.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookErasure

__all__ = [
    "ApiKey",
    "ApiKeyNetwork",
    "AuditEvent",
    "ChainEntry",
    "ClientCredential",
    "DenialCount",
    "Invitation",
    "JobRun",
    "KnownDevice",
    "MailCount",
    "OneTimeToken",
    "OutboxMessage",
    "PasswordAttempts",
    "PurgedAccount",
    "RevokedToken",
    "Role",
    "ServiceAccount",
    "ServiceAccountRole",
    "Session",
    "SigningKey",
    "StoredResponse",
    "UsedAssertion",
    "User",
    "UserRole",
    "Webhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookErasure",
]
