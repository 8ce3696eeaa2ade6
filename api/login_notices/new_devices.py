"""The mail about a login from a new device, and the link in it that ends the session."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from api.core import clock
from api.core.database import db
from api.core.events import Event, Occurrence
from api.core.principal import Principal
from api.core.request_context import current_request
from api.core.runtime import current_settings
from api.login_notices import known_devices
from api.login_notices.known_devices import Familiarity
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.limits import permit_notice
from api.mail.links import LinkedPage, make_link
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.sessions import service as sessions
from api.sessions.devices import name_device
from api.sessions.errors import SessionNotFound
from api.sessions.models import Session
from api.users.recipients import find_recipient

EVENTS = (Event.LOGIN_SUCCEEDED,)
LINK_LIFETIME = timedelta(days=7)


class Login(NamedTuple):
    """The login that a link is about."""

    device: str
    address: str | None
    created_at: datetime


def notify_of_new_device(occurrence: Occurrence) -> dict[str, Any] | None:
    """Send a mail if a login is from a new device, and return that as a detail of the event.

    A device with a valid device token is not new, nor is that of the first login of an account.
    """
    user_id = occurrence.subject
    if user_id is None or not mail.is_enabled() or not current_settings().new_device_notice:
        return None
    familiarity = known_devices.record_login(user_id)
    if familiarity is not Familiarity.NEW or occurrence.details["known_device"]:
        return None
    _send_mail(user_id, UUID(occurrence.details["session"]))
    return {"new_device": True}


def _send_mail(user_id: UUID, session_id: UUID) -> None:
    recipient = find_recipient(user_id)
    if recipient is None or not permit_notice(
        Template.NEW_DEVICE, recipient.email, is_verified=recipient.is_verified
    ):
        return
    token = one_time_tokens.create(
        TokenPurpose.END_SESSION, lifetime=LINK_LIFETIME, user_id=user_id, target_id=session_id
    )
    request = current_request()
    values = {
        "device": name_device(request.user_agent),
        "address": request.client_address or None,
        "at": clock.now().isoformat(),
        "link": make_link(LinkedPage.END_SESSION, token),
    }
    mail.send(
        Template.NEW_DEVICE,
        to=recipient.email,
        locale=recipient.locale,
        user_id=user_id,
        values=values,
    )


def find_login(token: OneTimeToken) -> Login | None:
    """Return the login that a link is about, if its session is still stored."""
    row = select(*(getattr(Session, name) for name in Login._fields)).filter_by(id=token.target_id)
    found = db.session.execute(row).one_or_none()
    return Login(*found) if found else None


def end_session(token: str) -> None:
    """End the session of a mailed link; it may have ended already.

    Raises:
        InvalidOneTimeToken: the token is unknown, expired or used.
    """
    used = one_time_tokens.use(token, TokenPurpose.END_SESSION)
    if used.user_id is None or used.target_id is None:
        return
    with suppress(SessionNotFound):
        sessions.end_session(used.target_id, user_id=used.user_id, by=Principal(id=used.user_id))
