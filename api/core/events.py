"""What happens in the service: the catalogue of events, and the one function that emits them.

A service emits an event once per fact, in the transaction that makes the fact true. ``app.py``
subscribes whatever has to follow: the audit row, ending sessions, later mail and webhooks. So a
service does not import the capabilities that react to it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import Flask, current_app

from api.core import clock, secrets
from api.core.principal import Principal

EXTENSION = "rollbook.events"


class Event(StrEnum):
    """The catalogue of events, named ``thing.past_participle``; alphabetical."""

    ACCESS_DENIED = "access.denied"
    API_KEY_CREATED = "api_key.created"
    API_KEY_NETWORK_NEW = "api_key.network_new"
    API_KEY_REVOKED = "api_key.revoked"
    API_KEY_ROTATED = "api_key.rotated"
    CLIENT_AUTHENTICATION_FAILED = "client.authentication_failed"
    CLIENT_CREDENTIAL_CREATED = "client_credential.created"
    CLIENT_CREDENTIAL_DELETED = "client_credential.deleted"
    EMAIL_CHANGE_CANCELLED = "email.change_cancelled"
    EMAIL_CHANGE_REQUESTED = "email.change_requested"
    EMAIL_VERIFIED = "email.verified"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_CREATED = "invitation.created"
    INVITATION_RESENT = "invitation.resent"
    INVITATION_REVOKED = "invitation.revoked"
    KEY_RETIRED = "key.retired"
    KEY_ROTATED = "key.rotated"
    LOGIN_FAILED = "login.failed"
    LOGIN_PAUSED = "login.paused"
    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_ATTEMPTS_CLEARED = "login_attempts.cleared"
    OUTBOX_MESSAGE_FAILED = "outbox.message_failed"
    OUTBOX_MESSAGE_RETRIED = "outbox.message_retried"
    PASSWORD_CHANGE_FAILED = "password.change_failed"  # noqa: S105  an event, not a password
    PASSWORD_CHANGED = "password.changed"  # noqa: S105  likewise
    PASSWORD_RESET_REQUESTED = "password.reset_requested"  # noqa: S105  likewise
    REAUTHENTICATION_FAILED = "reauthentication.failed"
    REAUTHENTICATION_SUCCEEDED = "reauthentication.succeeded"
    REFRESH_TOKEN_REUSED = "refresh_token.reused"  # noqa: S105  likewise
    REGISTRATION_REPEATED = "registration.repeated"
    ROLE_CREATED = "role.created"
    ROLE_DELETED = "role.deleted"
    ROLE_GRANTED = "role.granted"
    ROLE_UPDATED = "role.updated"
    ROLE_WITHDRAWN = "role.withdrawn"
    SERVICE_ACCOUNT_CREATED = "service_account.created"
    SERVICE_ACCOUNT_DELETED = "service_account.deleted"
    SERVICE_ACCOUNT_REACTIVATED = "service_account.reactivated"
    SERVICE_ACCOUNT_SUSPENDED = "service_account.suspended"
    SERVICE_ACCOUNT_UPDATED = "service_account.updated"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "sessions.ended"
    TOKEN_ISSUED = "token.issued"  # noqa: S105  likewise
    TOKEN_REVOKED = "token.revoked"  # noqa: S105  likewise
    USER_CREATED = "user.created"
    USER_DELETED = "user.deleted"
    USER_EXPORTED = "user.exported"
    USER_PASSWORD_SET = "user.password_set"  # noqa: S105  likewise
    USER_PURGED = "user.purged"
    USER_REACTIVATED = "user.reactivated"
    USER_RESTORED = "user.restored"
    USER_SUSPENDED = "user.suspended"
    USER_UPDATED = "user.updated"
    USERS_EXPORTED = "users.exported"
    USERS_IMPORTED = "users.imported"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_REPLAYED = "webhook.replayed"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"  # noqa: S105  likewise
    WEBHOOK_UPDATED = "webhook.updated"


@dataclass(frozen=True)
class Occurrence:
    """One event that happens: what, to which account, and by whom.

    ``by`` is None only where no principal is known, as in a failed login. ``previous`` has values
    from before the event, such as the former e-mail address. Only subscribers see them. ``id`` and
    ``at`` are those of the row in the audit log, so that other subscribers can name the event.
    """

    event: Event
    subject: UUID | None
    by: Principal | None
    details: Mapping[str, Any]
    previous: Mapping[str, Any]
    id: UUID
    at: datetime


Subscriber = Callable[[Occurrence], Mapping[str, Any] | None]


class Subscriptions:
    """The subscribers of one application. For each event they run in the order of subscription."""

    def __init__(self) -> None:
        self._subscribers: dict[Event, list[Subscriber]] = {event: [] for event in Event}

    def subscribe(self, subscriber: Subscriber, events: Iterable[Event]) -> None:
        """Call ``subscriber`` for each of these events.

        It runs in the transaction of the event and may return details, which later subscribers
        see. So the one that records events subscribes last.
        """
        for event in events:
            self._subscribers[event].append(subscriber)

    def publish(self, occurrence: Occurrence) -> None:
        """Call the subscribers of an event."""
        for subscriber in self._subscribers[occurrence.event]:
            if added := subscriber(occurrence):
                occurrence = replace(occurrence, details={**occurrence.details, **added})


def emit(
    event: Event,
    previous: Mapping[str, Any] | None = None,
    /,
    *,
    subject: UUID | None,
    by: Principal | None,
    **details: object,
) -> None:
    """Publish an event in the current transaction.

    ``subject`` is the id of the account that it is about. ``details`` describe what changed or
    why, in the words of the service: never text that a client sent, except the ``reason`` of a
    suspension or reactivation.
    """
    subscriptions: Subscriptions = current_app.extensions[EXTENSION]
    subscriptions.publish(
        Occurrence(event, subject, by, details, previous or {}, secrets.new_id(), clock.now())
    )


def init_app(app: Flask, subscriptions: Subscriptions) -> None:
    app.extensions[EXTENSION] = subscriptions
