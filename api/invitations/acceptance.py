"""Accepting an invitation: its link becomes an account with the roles of the invitation.

What the inviter may do is checked again. The invitation no longer works if the user or service
account that sent it was suspended or deleted meanwhile, or lost a permission that it needs; another
user can resend it.
"""

from uuid import UUID

from sqlalchemy import update

from api.core import clock, secrets
from api.core.database import db, in_transaction
from api.core.errors import PermissionDenied
from api.core.events import Event, emit
from api.core.permissions import Permission
from api.core.principal import OPERATOR, Principal
from api.core.request_context import outside_request
from api.invitations.errors import InvalidInvitation, InvitationClosed, InvitationNotFound
from api.invitations.models import Invitation, State
from api.invitations.schemas import InvitationAcceptance, PreparedAcceptance
from api.invitations.service import lock_roles, lock_unanswered
from api.one_time_tokens import service as one_time_tokens
from api.one_time_tokens.errors import InvalidOneTimeToken
from api.one_time_tokens.models import OneTimeToken, TokenPurpose
from api.roles.errors import RoleNotFound
from api.roles.models import Role
from api.service_accounts.models import ServiceAccount
from api.service_accounts.principal import ServiceAccountPrincipal
from api.users import role_assignments
from api.users import service as users
from api.users.models import Status, User
from api.users.schemas import UserCreation
from api.users.unconfirmed import remove_unconfirmed

PURPOSE = TokenPurpose.ACCEPT_INVITATION


def read_open(token: str) -> Invitation:
    """Return the invitation that a token can accept, without using the token.

    Raises:
        InvalidInvitation
    """
    try:
        return find_open(one_time_tokens.read(token, PURPOSE))
    except InvalidOneTimeToken as error:
        raise InvalidInvitation from error


def find_open(token: OneTimeToken) -> Invitation:
    """Return the invitation that a token is for.

    Raises:
        InvalidInvitation
    """
    found = db.session.get(Invitation, token.target_id, populate_existing=True)
    if found is None or found.state != State.OPEN:
        raise InvalidInvitation
    return found


def prepare(given: InvitationAcceptance) -> PreparedAcceptance:
    """Check the names and the password of the new account, and hash the password.

    This takes long, so call it before the transaction.

    Raises:
        InvalidInvitation
        InvalidRequest, Overloaded: as ``users.service.prepare``.
    """
    invitation = in_transaction(lambda: read_open(given["token"]))
    account = users.prepare(
        UserCreation(
            username=given.get("username", invitation.username),
            email=invitation.email,
            display_name=invitation.display_name,
            password=given["password"],
        )
    )
    return PreparedAcceptance(token=given["token"], account=account)


def accept(prepared: PreparedAcceptance) -> User:
    """Create the account of an invitation, from what ``prepare`` returned.

    Its e-mail address is confirmed, because the link was sent there.

    Raises:
        InvalidInvitation
        UsernameTaken, EmailTaken
    """
    invitation = _use(prepared["token"])
    inviter = _find_inviter(invitation.invited_by)
    roles = _lock_assignable_roles(invitation, by=inviter)
    own = Principal(id=secrets.new_id())
    remove_unconfirmed(invitation.email, by=own)
    user = users.create(
        {
            **prepared["account"],
            "id": own.id,
            "email_verified": True,
            "locale": invitation.locale,
        },
        by=own,
    )
    with outside_request():  # the inviter grants them, but has not sent this request
        role_assignments.assign_roles(user, roles, by=inviter)
    invitation.accepted_at, invitation.user_id = clock.now(), user.id
    _close_others(invitation)
    emit(Event.INVITATION_ACCEPTED, subject=user.id, by=own, invitation=str(invitation.id))
    return user


def _use(token: str) -> Invitation:
    try:
        target_id = one_time_tokens.use(token, PURPOSE).target_id
        invitation = lock_unanswered(target_id or UUID(int=0))
    except (InvalidOneTimeToken, InvitationNotFound, InvitationClosed) as error:
        raise InvalidInvitation from error
    if invitation.state != State.OPEN:
        raise InvalidInvitation
    return invitation


def _find_inviter(inviter_id: UUID | None) -> Principal:
    """Return the inviter with the permissions of now, which then do not change meanwhile.

    Raises:
        InvalidInvitation: the account is suspended or deleted.
    """
    if inviter_id is None:
        return OPERATOR
    inviter = _lock_account(inviter_id)
    if inviter is None or inviter.status != Status.ACTIVE:
        raise InvalidInvitation
    db.session.expire(inviter, ["role_assignments"])  # those from before the wait for the lock
    permissions = inviter.permissions
    if isinstance(inviter, ServiceAccount):
        return ServiceAccountPrincipal(id=inviter_id, name=inviter.name, permissions=permissions)
    if inviter.deleted_at is not None:
        raise InvalidInvitation
    return Principal(id=inviter_id, permissions=permissions)


def _lock_account(account_id: UUID) -> User | ServiceAccount | None:
    """Return an account that does not change until the transaction ends."""
    lock = {"read": True}
    user = db.session.get(User, account_id, with_for_update=lock, populate_existing=True)
    return user or db.session.get(
        ServiceAccount, account_id, with_for_update=lock, populate_existing=True
    )


def _lock_assignable_roles(invitation: Invitation, *, by: Principal) -> list[Role]:
    """Return the roles of an invitation.

    Raises:
        InvalidInvitation: the inviter may no longer invite or grant them, or one does not exist.
    """
    try:
        by.require(Permission.INVITATIONS_WRITE)
        roles = lock_roles(invitation.roles)
        role_assignments.require_assignable_roles(roles, by=by)
    except (PermissionDenied, RoleNotFound) as error:
        raise InvalidInvitation from error
    return roles


def _close_others(accepted: Invitation) -> None:
    """Revoke the other invitations to the same e-mail address."""
    others = update(Invitation).where(
        Invitation.email_key == accepted.email_key,
        Invitation.id != accepted.id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    db.session.execute(
        others.values(revoked_at=clock.now()), execution_options={"synchronize_session": False}
    )
