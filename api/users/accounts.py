"""Locking the account that an operation changes, and the rules for such a change."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from api.core import clock, identifiers
from api.core.database import db
from api.core.principal import Principal
from api.roles import service as roles
from api.roles.assignments import ADMIN
from api.roles.models import UserRole
from api.users.errors import LastAdministrator, UserNotFound
from api.users.models import Status, User


def lock_manageable_user(user_id: UUID, *, by: Principal, deleted: bool = False) -> User:
    """Return an account that the caller may change, locked until the transaction ends.

    The caller must have all permissions of the account, unless it is the caller's own, which no
    program changes.

    Raises:
        SessionRequired: a program of the owner asks for it.
        PermissionDenied: it names the first permission that the caller lacks.
        UserNotFound: as ``lock_user``.
    """
    user = lock_user(user_id, deleted=deleted)
    if by.is_user(user_id):
        by.require_person()
    else:
        by.require_all(user.permissions)
    return user


def lock_user(user_id: UUID, *, deleted: bool = False) -> User:
    """Return an account, locked until the transaction ends. Its roles cannot change meanwhile.

    ``deleted`` is whether the account must be deleted or must not be.

    Raises:
        UserNotFound
    """
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    if user is None or (user.deleted_at is not None) is not deleted:
        raise UserNotFound
    # The roles in this row are those from before the wait for the lock.
    db.session.expire(user, ["role_assignments"])
    return user


def find_by_email(email: str) -> User | None:
    """Return the account with this e-mail address, in any spelling, that is not deleted."""
    key = identifiers.email_key(email)
    found = select(User).where(User.email_key == key, User.deleted_at.is_(None))
    return db.session.scalars(found).one_or_none()


def require_another_administrator(user: User) -> None:
    """Check that another administrator remains when this account stops being one.

    The caller has locked the account. This function locks the role ``admin`` and then counts in a
    separate statement, which sees what other transactions have committed. So two administrators
    cannot remove each other at the same time.

    Raises:
        LastAdministrator
    """
    if not _is_active_administrator(user):
        return
    roles.require_role(ADMIN, lock="change")
    others = select(User.id).join(UserRole, UserRole.user_id == User.id)
    others = others.where(UserRole.role == ADMIN, User.id != user.id)
    others = others.where(User.status == Status.ACTIVE, User.deleted_at.is_(None))
    others = others.where(_has_valid_password())
    if db.session.scalar(others.limit(1)) is None:
        raise LastAdministrator


def _has_valid_password() -> ColumnElement[bool]:
    """Return the condition that an account has a password that has not expired."""
    expires_at = User.password_expires_at
    lasting = or_(expires_at.is_(None), expires_at > clock.now())
    return and_(User.password_hash.is_not(None), lasting)


def _is_active_administrator(user: User) -> bool:
    return ADMIN in user.roles and user.status == Status.ACTIVE and user.deleted_at is None


def increment_version(user: User) -> None:
    """Give an account a new version after its roles have changed, which are in other rows."""
    user.updated_at = clock.now()
    db.session.flush()
    db.session.expire(user, ["role_assignments"])
