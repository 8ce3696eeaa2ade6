"""What an import notices about password hashes: weak ones, and accounts without any."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from api.core.principal import Principal
from api.passwords import imported
from api.transfer import updates
from api.transfer.outcomes import Outcomes
from api.transfer.rows import Account

MAX_WARNINGS = 20
NOT_COMPARED = (
    "Password hashes of existing accounts were neither compared nor changed; that requires the "
    "permission users:hashes or users:credentials."
)


@dataclass
class HashNotes:
    """Warnings without repetition, and the numbers of created accounts as in ``ImportResult``."""

    warnings: list[str] = field(default_factory=list)
    without_password: int = 0
    without_login: int = 0

    def add(self, accounts: Iterable[Account], written: Outcomes, *, by: Principal) -> None:
        """Add what is noticed about the accounts that were created or updated."""
        self._warn_if_not_compared(accounts, written, by)
        changed = written.created.keys() | written.updated.keys()
        for account in accounts:
            password_hash = account.columns["password_hash"]
            if account.place in written.created:
                self.without_password += password_hash is None
                self.without_login += not account.allows_login
            if password_hash and account.place in changed:
                self._add_warning(imported.find_hash_warning(password_hash))

    def _warn_if_not_compared(
        self, accounts: Iterable[Account], written: Outcomes, by: Principal
    ) -> None:
        existing = written.updated.keys() | written.unchanged.keys() | written.conflicts.keys()
        places = {account.place for account in accounts if "password_hash" in account.given}
        if places & existing and not updates.may_compare_hashes(by):
            self._add(NOT_COMPARED)

    def _add_warning(self, reason: str | None) -> None:
        if reason:
            self._add(f"A password hash {reason}.")

    def _add(self, warning: str) -> None:
        if warning not in self.warnings and len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(warning)
