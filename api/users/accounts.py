"""Whose account may be acted on, by whom; and that somebody is left who administers."""

from uuid import UUID

from sqlalchemy import select

from api.core import clock
from api.core.database import db
from api.core.principal import Principal
from api.roles import service as roles
from api.roles.models import UserRole
from api.roles.rights import ADMIN
from api.users.errors import LastAdministrator, UserNotFound
from api.users.models import Status, User


def lock_manageable_user(user_id: UUID, *, by: Principal, deleted: bool = False) -> User:
    """Return an account to act on, locked, so that it and its roles stay as they are seen.

    Nobody acts on an account that may do more than they do, save on their own.

    Raises:
        PermissionDenied: naming the first permission that the account holds and the actor lacks.
        UserNotFound: also where it has been deleted, or has not and should have been.
    """
    user = locked(user_id, deleted=deleted)
    if user_id != by.id:
        by.require_all(user.permissions)
    return user


def locked(user_id: UUID, *, deleted: bool = False) -> User:
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None or (user.deleted_at is not None) is not deleted:
        raise UserNotFound
    db.session.expire(user, ["held"])  # what was read while waiting for the row may be past
    return user


def require_another_administrator(user: User) -> None:
    """Refuse to take an administrator away where nobody else is one.

    Whoever takes one away waits for the row of that role and only then counts, in a statement of
    its own, which sees what was committed meanwhile: two cannot demote each other. The account is
    locked before (``locked``), so that nobody is made an administrator unnoticed either.

    Raises:
        LastAdministrator
    """
    if not administers(user):
        return
    roles.require_role(ADMIN, lock="change")
    others = select(User.id).join(UserRole, UserRole.user_id == User.id)
    others = others.where(UserRole.role == ADMIN, User.id != user.id)
    others = others.where(User.status == Status.ACTIVE, User.deleted_at.is_(None))
    others = others.where(User.password_hash.is_not(None))  # whoever has none cannot log in
    if db.session.scalar(others.limit(1)) is None:
        raise LastAdministrator


def administers(user: User) -> bool:
    return ADMIN in user.roles and user.status == Status.ACTIVE and user.deleted_at is None


def increment_version(user: User) -> None:
    """Let an account count as changed whose row is not: its roles are shown, as of a version."""
    user.updated_at = clock.now()
    db.session.flush()
    db.session.expire(user, ["held"])
