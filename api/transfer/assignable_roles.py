"""The roles that an import may assign: those that the caller may grant to a new account."""

from collections.abc import Iterable

from sqlalchemy import select

from api.core.database import db
from api.core.errors import InvalidRequest, PermissionDenied, ValidationError
from api.core.principal import Principal
from api.core.validation_rules import ValidationRule
from api.roles.models import Role
from api.transfer.rows import Account
from api.users import role_assignments

UNKNOWN_ROLE = ValidationError("/roles", ValidationRule.ROLE, "is not a role")
NOT_ASSIGNABLE = ValidationError(
    "/roles",
    ValidationRule.PERMISSION_DENIED,
    "has permissions that you lack, or you may not grant roles",
)


class AssignableRoles:
    """The roles of some accounts, locked until the transaction ends."""

    def __init__(self, accounts: Iterable[Account], *, by: Principal) -> None:
        self.by = by
        names = {name for account in accounts for name in account.roles}
        selected = select(Role).where(Role.name.in_(names)).order_by(Role.name)
        locked = selected.with_for_update(read=True).execution_options(populate_existing=True)
        self.roles = {role.name: role for role in db.session.scalars(locked)} if names else {}

    def require_assignable(self, account: Account) -> Account:
        """Return the account if the caller may assign all of its roles.

        Raises:
            InvalidRequest: a role is unknown or not assignable, or there are too many.
        """
        role_assignments.require_allowed_number(len(account.roles))
        for name in account.roles:
            if name not in self.roles:
                raise InvalidRequest([UNKNOWN_ROLE])
            try:
                role_assignments.require_assignable_roles([self.roles[name]], by=self.by)
            except PermissionDenied:
                raise InvalidRequest([NOT_ASSIGNABLE]) from None
        return account
