"""What an import notices about password hashes: weak ones, and accounts without any."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from api.passwords import imported
from api.transfer.rows import Account
from api.transfer.store import Outcomes

MAX_WARNINGS = 20


@dataclass
class HashNotes:
    """Warnings without repetition, and the number of created accounts without a password."""

    warnings: list[str] = field(default_factory=list)
    without_password: int = 0

    def add(self, accounts: Iterable[Account], written: Outcomes) -> None:
        """Add what is noticed about the accounts that were created or updated."""
        changed = written.created.keys() | written.updated.keys()
        for account in accounts:
            password_hash = account.columns["password_hash"]
            if account.line in written.created and password_hash is None:
                self.without_password += 1
            elif password_hash and account.line in changed:
                self._add_warning(imported.find_hash_warning(password_hash))

    def _add_warning(self, reason: str | None) -> None:
        warning = f"A password hash {reason}." if reason else None
        if warning and warning not in self.warnings and len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(warning)
