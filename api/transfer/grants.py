"""Which roles a file may hand out: nobody brings in who may more than they could grant."""

from collections.abc import Iterable

from sqlalchemy import select

from api.core.database import db
from api.core.errors import InvalidRequest, PermissionDenied, ValidationError
from api.core.principal import Principal
from api.roles.models import Role
from api.transfer.rows import Account
from api.users import grants


class Grants:
    """The roles that some accounts are to hold, which neither change nor go meanwhile."""

    def __init__(self, accounts: Iterable[Account], by: Principal | None) -> None:
        self.by = by
        names = {name for account in accounts for name in account.roles}
        named = select(Role).where(Role.name.in_(names)).order_by(Role.name)
        locked = named.with_for_update(read=True).execution_options(populate_existing=True)
        self.known = {role.name: role for role in db.session.scalars(locked)} if names else {}

    def checked(self, account: Account) -> Account:
        """Return an account whose roles there are, and are for this actor to grant.

        Raises:
            Invalid
        """
        for name in account.roles:
            if name not in self.known:
                raise InvalidRequest([ValidationError("/roles", "role", "is not a role")])
            if self.by is None:
                continue
            try:
                grants.require_assignable_roles([self.known[name]], by=self.by)
            except PermissionDenied:
                told = "carries permissions that you do not hold, or may not grant"
                raise InvalidRequest(
                    [ValidationError("/roles", PermissionDenied.code, told)]
                ) from None
        return account
