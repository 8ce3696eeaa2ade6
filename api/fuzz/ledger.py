"""What a run has created: the list that limits what it changes, and that the cleanup follows."""

import os
from pathlib import Path

USERS, CALLERS = "users", "callers"  # a caller is a user too
ROLES, INVITATIONS = "roles", "invitations"
SERVICE_ACCOUNTS, WEBHOOKS = "service-accounts", "webhooks"
KINDS = (USERS, CALLERS, ROLES, INVITATIONS, SERVICE_ACCOUNTS, WEBHOOKS)


class Ledger:
    """Lists of ids in a directory, which the processes of a run share.

    A line is written before the next request, so the lists are complete when a run is interrupted.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self.known: dict[str, set[str]] = {kind: set() for kind in KINDS}

    def add(self, kind: str, name: str) -> None:
        self.known[kind].add(name)
        with (self.place / f"{kind}-{os.getpid()}").open("a") as file:
            file.write(f"{name}\n")

    def has(self, kind: str, name: object) -> bool:
        """Return whether this process has created it."""
        return name in self.known[kind]

    def list_all(self, kind: str) -> list[str]:
        """Return what all processes have created, in the order of each."""
        files = sorted(self.place.glob(f"{kind}-*"))
        return list(dict.fromkeys(line for file in files for line in file.read_text().splitlines()))
