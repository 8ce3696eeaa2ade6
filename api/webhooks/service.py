"""Creating, changing and deleting webhooks, and rotating their secrets.

A webhook with a full payload reveals what the audit log has. So to create or change one needs
``audit:read``, too: otherwise another URL would be enough to read the log. The stored deliveries of
one whose payload is no longer full still are, so another URL for it needs the permission as well.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from api.core import clock, secrets
from api.core.database import db
from api.core.etags import ANY, ExpectedVersion
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import Principal
from api.webhooks.catalogue import ALL_EVENTS, PUBLIC_EVENTS
from api.webhooks.errors import TooManyWebhooks, WebhookNotFound
from api.webhooks.models import Payload, Webhook
from api.webhooks.records import (
    WebhookRecord,
    WebhookWithSecret,
    read_changed,
    read_changed_with_secret,
)
from api.webhooks.schemas import (
    DEFAULT_OVERLAP_HOURS,
    WebhookCreation,
    WebhookPatch,
    WebhookSecretRotation,
)
from api.webhooks.signing_secrets import encrypt_secret, make_secret
from api.webhooks.urls import require_deliverable_url

MAX_WEBHOOKS = 100  # each event is compared with all of them
LOCK_WEBHOOKS = "SELECT pg_advisory_xact_lock(7655264328)"  # a number that no other lock uses


def create(given: WebhookCreation, *, by: Principal) -> WebhookWithSecret:
    """Create a webhook, and return it with its secret.

    Raises:
        PermissionDenied: its payload is full, and the caller lacks ``audit:read``.
        InvalidRequest: nothing may be delivered to the URL.
        TooManyWebhooks
    """
    _require_access(by, given.get("payload"))
    require_deliverable_url(given["url"])
    _require_room()
    webhook_id, secret = secrets.new_id(), make_secret()
    webhook = Webhook(
        id=webhook_id,
        url=given["url"],
        description=given.get("description", ""),
        events=sort_events(given["events"]),
        payload=given.get("payload", Payload.THIN),
        was_full=given.get("payload") == Payload.FULL,
        ordered=given.get("ordered", False),
        enabled=given.get("enabled", True),
        secret=encrypt_secret(secret, webhook_id),
        created_by=by.recorded_id,
    )
    db.session.add(webhook)
    db.session.flush()
    emit(Event.WEBHOOK_CREATED, subject=None, by=by, webhook=str(webhook_id))
    return read_changed_with_secret(webhook, secret)


def update(
    webhook_id: UUID, changes: WebhookPatch, *, by: Principal, if_match: ExpectedVersion = ANY
) -> WebhookRecord:
    """Change a webhook. One that is enabled again, or has another URL, begins without its failures.

    Raises:
        WebhookNotFound
        PermissionDenied: its payload is or becomes full, or was full and its URL changes, and the
            caller lacks ``audit:read``.
        PreconditionFailed: the webhook has another version.
        InvalidRequest: nothing may be delivered to the URL.
    """
    webhook = lock_webhook(webhook_id)
    different = _find_different(webhook, changes)
    _require_access(by, webhook.payload, changes.get("payload"))
    if webhook.was_full and "url" in different:
        by.require(Permission.AUDIT_READ)  # stored deliveries go to the new URL
    if_match.check(webhook.version)
    if "url" in changes:
        require_deliverable_url(changes["url"])
    for name, value in different.items():
        setattr(webhook, name, value)
    webhook.was_full = webhook.was_full or webhook.payload == Payload.FULL
    if "enabled" in different:
        webhook.disabled_reason = None
    if "url" in different or different.get("enabled"):
        webhook.failing_since = webhook.paused_until = webhook.last_attempt_at = None
        webhook.failures, webhook.slow = 0, False
    db.session.flush()
    if different:
        details = {"webhook": str(webhook.id), "changed": sorted(different)}
        emit(Event.WEBHOOK_UPDATED, subject=None, by=by, **details)
    return read_changed(webhook)


def delete(webhook_id: UUID, *, by: Principal, if_match: ExpectedVersion = ANY) -> None:
    """Delete a webhook with its deliveries, also those that wait.

    Raises:
        WebhookNotFound
        PreconditionFailed: the webhook has another version.
    """
    webhook = lock_webhook(webhook_id, to_delete=True)
    if_match.check(webhook.version)
    db.session.delete(webhook)
    emit(Event.WEBHOOK_DELETED, subject=None, by=by, webhook=str(webhook_id))


def rotate_secret(
    webhook_id: UUID, given: WebhookSecretRotation, *, by: Principal
) -> WebhookWithSecret:
    """Give a webhook a new secret. The present one also signs, for a while.

    Raises:
        WebhookNotFound
        PermissionDenied: its payload is full, and the caller lacks ``audit:read``.
    """
    webhook, secret = lock_webhook(webhook_id), make_secret()
    _require_access(by, webhook.payload)
    overlap = timedelta(hours=given.get("overlap_hours", DEFAULT_OVERLAP_HOURS))
    webhook.former_secret = webhook.secret if overlap else None
    webhook.former_secret_until = clock.now() + overlap if overlap else None
    webhook.secret = encrypt_secret(secret, webhook.id)
    db.session.flush()
    emit(Event.WEBHOOK_SECRET_ROTATED, subject=None, by=by, webhook=str(webhook.id))
    return read_changed_with_secret(webhook, secret)


def lock_webhook(webhook_id: UUID, *, to_delete: bool = False) -> Webhook:
    """Return a webhook that no other transaction changes until this one ends.

    To delete it needs a stronger lock, which is taken at once: a transaction that waits for a
    stronger lock than it has can wait for one that waits for it.

    Raises:
        WebhookNotFound
    """
    lock = {"key_share": not to_delete}
    webhook = db.session.get(Webhook, webhook_id, with_for_update=lock, populate_existing=True)
    if webhook is None:
        raise WebhookNotFound
    return webhook


def sort_events(names: Iterable[str]) -> list[str]:
    """Return the events in the order of the catalogue; ``*`` includes all others."""
    chosen = set(names)
    if ALL_EVENTS in chosen:
        return [ALL_EVENTS]
    return [name for name in PUBLIC_EVENTS if name in chosen]


def _require_access(by: Principal, *payloads: str | None) -> None:
    if Payload.FULL in payloads:
        by.require(Permission.AUDIT_READ)


def _require_room() -> None:
    """Reject one webhook too many; requests wait for each other, so that the count is right."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time
        connection.exec_driver_sql(LOCK_WEBHOOKS)
    if (db.session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MAX_WEBHOOKS:
        raise TooManyWebhooks


def _find_different(webhook: Webhook, changes: WebhookPatch) -> dict[str, object]:
    """Return the members that change, by name."""
    wanted: dict[str, object] = {**changes}
    if "events" in changes:
        wanted["events"] = sort_events(changes["events"])
    return {name: it for name, it in wanted.items() if getattr(webhook, name) != it}
