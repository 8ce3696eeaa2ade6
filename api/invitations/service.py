"""Creating, resending, revoking and purging invitations.

The mail to an address that has an account says so and has no link. All that the inviter sees is
the same, and takes the same time.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, or_, select

from api.core import clock, identifiers
from api.core.database import db, delete_batch
from api.core.errors import RateLimited
from api.core.events import Event, emit
from api.core.principal import Principal
from api.core.reads import Query
from api.core.runtime import current_settings
from api.invitations.errors import InvitationClosed, InvitationNotFound
from api.invitations.models import Invitation, State
from api.invitations.schemas import InvitationCreation
from api.mail import limits as mail_limits
from api.mail import service as mail
from api.mail.catalogue import Template
from api.mail.links import LinkedPage, make_link
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.models import TokenPurpose
from api.roles import service as roles
from api.roles.models import Role
from api.users import role_assignments, usernames
from api.users.email_verification import must_verify_email
from api.users.models import User
from api.users.service import profile_by_id

RETENTION = timedelta(days=30)  # after the invitation has expired
PURGE_BATCH_ROWS = 1000
MAILS_PER_ADDRESS = "invitations-per-email-address"  # the name of the rate limit


class Recipient(NamedTuple):
    """The account of a person who is invited."""

    id: UUID
    email: str
    locale: str | None
    must_verify_email: bool


RECIPIENT_COLUMNS = [getattr(User, name) for name in Recipient._fields]
account_by_email = Query(
    select(*RECIPIENT_COLUMNS).where(User.email_key == bindparam("key"), User.deleted_at.is_(None)),
    Recipient,
)


def require_few_mails(email: str) -> None:
    """Count a mail to an address, whether it has an account or not.

    Raises:
        RateLimited: an invitation was sent there within the last minute, or five within an hour.
    """
    if not mail_limits.count_mail(Template.INVITATION, email):
        interval = mail_limits.INTERVAL_SECONDS
        raise RateLimited(MAILS_PER_ADDRESS, 1, interval, interval)


def create(given: InvitationCreation, *, by: Principal) -> Invitation:
    """Invite a person to create an account.

    Raises:
        MailUnavailable: the service sends no mail.
        InvalidRequest: a name breaks a rule, or there is no role with one of the names.
        PermissionDenied: the caller may not grant one of the roles.
        RateLimited: as ``require_few_mails``.
    """
    mail.require_enabled()
    names = {"email": given["email"], "username": given.get("username")}
    changed = {name: value for name, value in names.items() if value is not None}
    usernames.check_changed_names(changed, username=names["username"], email=given["email"])
    granted = role_assignments.find_roles(given.get("roles", ()))
    role_assignments.require_assignable_roles(granted, by=by)
    require_few_mails(given["email"])
    members: dict[str, Any] = {**given, "roles": [role.name for role in granted]}
    invitation = Invitation(**members, created_at=clock.now())
    db.session.add(invitation)
    _send(invitation, by=by)
    details = {"invitation": str(invitation.id), "roles": invitation.roles}
    emit(Event.INVITATION_CREATED, subject=None, by=by, **details)
    return invitation


def resend(invitation_id: UUID, *, by: Principal) -> Invitation:
    """Send a new link in place of the former one. The caller becomes the inviter.

    Raises:
        MailUnavailable: the service sends no mail.
        InvitationNotFound
        InvitationClosed: it is accepted or revoked.
        RoleNotFound: one of its roles does not exist any more.
        PermissionDenied: the caller may not grant one of the roles.
        RateLimited: as ``require_few_mails``.
    """
    mail.require_enabled()
    invitation = lock_unanswered(invitation_id)
    role_assignments.require_assignable_roles(lock_roles(invitation.roles), by=by)
    require_few_mails(invitation.email)
    one_time_tokens.revoke_target(invitation.id, TokenPurpose.ACCEPT_INVITATION)
    _send(invitation, by=by)
    emit(Event.INVITATION_RESENT, subject=None, by=by, invitation=str(invitation.id))
    return invitation


def revoke(invitation_id: UUID, *, by: Principal) -> None:
    """Let the link of an invitation no longer work.

    Raises:
        InvitationNotFound
        InvitationClosed: it is accepted or revoked.
    """
    invitation = lock_unanswered(invitation_id)
    invitation.revoked_at = clock.now()
    one_time_tokens.revoke_target(invitation.id, TokenPurpose.ACCEPT_INVITATION)
    emit(Event.INVITATION_REVOKED, subject=None, by=by, invitation=str(invitation.id))


def lock_unanswered(invitation_id: UUID) -> Invitation:
    """Return an invitation that is open or expired, locked until the transaction ends.

    Raises:
        InvitationNotFound, InvitationClosed
    """
    invitation = db.session.get(
        Invitation, invitation_id, with_for_update=True, populate_existing=True
    )
    if invitation is None:
        raise InvitationNotFound
    if invitation.state in {State.ACCEPTED, State.REVOKED}:
        raise InvitationClosed
    return invitation


def lock_roles(names: Iterable[str]) -> list[Role]:
    """Return the roles of an invitation, which then cannot change until the transaction ends.

    Raises:
        RoleNotFound
    """
    return [roles.require_role(name, lock="share") for name in names]


def _send(invitation: Invitation, *, by: Principal) -> None:
    """Make a link, and send it unless the address has an account.

    An unconfirmed account does not count: it gives way to the reader of the mail.
    Both cases execute the same statements.
    """
    link, days = _make_link(invitation, by=by)
    values = {"link": link, "days": days, "inviter": _find_display_name(by)}
    account = account_by_email.first(key=identifiers.email_key(invitation.email))
    if account is None or must_verify_email(account):
        mail.send(Template.INVITATION, to=invitation.email, locale=invitation.locale, values=values)
    else:
        mail.send(
            Template.ALREADY_REGISTERED,
            to=account.email,
            locale=account.locale,
            user_id=account.id,
        )


def _make_link(invitation: Invitation, *, by: Principal) -> tuple[str, int]:
    """Return a new link for an invitation, and for how many days it works."""
    lifetime = timedelta(days=current_settings().invitation_days)
    invitation.invited_by = by.recorded_id
    invitation.expires_at = clock.now() + lifetime
    db.session.flush()  # so that it has an id
    token = one_time_tokens.create(
        TokenPurpose.ACCEPT_INVITATION, lifetime=lifetime, target_id=invitation.id
    )
    return make_link(LinkedPage.ACCEPT_INVITATION, token), lifetime.days


def _find_display_name(by: Principal) -> str | None:
    profile = profile_by_id.first(id=by.id)
    return profile.display_name if profile else None


def purge() -> int:
    """Delete a batch of invitations that expired more than ``RETENTION`` ago, and return how many.

    One that has been accepted or revoked is deleted at the same time as if it had not been.
    """
    has_ended = Invitation.expires_at < clock.now() - RETENTION
    batch = delete_batch(Invitation.id, has_ended, max_rows=PURGE_BATCH_ROWS)
    returning = batch.returning(Invitation.id)
    return len(db.session.scalars(returning.execution_options(synchronize_session=False)).all())


def delete_about(user: User) -> list[UUID]:
    """Delete the invitations to a user who is erased, and return their ids.

    Those that the user has sent stay: the id of the user identifies no person any more. They do not
    work, because their inviter does not exist.
    """
    is_own = Invitation.user_id == user.id
    is_earlier = and_(
        Invitation.email_key == user.email_key, Invitation.created_at < user.deleted_at
    )
    statement = delete(Invitation).where(or_(is_own, is_earlier)).returning(Invitation.id)
    options = {"synchronize_session": False}
    return list(db.session.scalars(statement, execution_options=options))
