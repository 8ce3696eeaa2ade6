"""What is chosen for a run: the kinds of callers, what each may call, the phases."""

from collections.abc import Callable
from dataclasses import dataclass

from api.fuzz.contract import Operation

ANONYMOUS, NEWCOMER, USER = "anonymous", "newcomer", "user"
ADMINISTRATOR, PERMISSION_HOLDERS = "administrator", "permission-holders"
API_KEYS, SERVICE_ACCOUNT = "api-keys", "service-account"

# The operations of a session, from the registration to the deletion of the own account.
JOURNEY = {
    "register", "log_in", "get_me", "update_me", "refresh", "reauthenticate", "change_my_password",
    "list_my_sessions", "end_my_session", "end_my_other_sessions", "get_protected", "log_out",
    "delete_me",
}  # fmt: skip

# The operations that a kind of caller may call. The administrator takes longest, so it is first.
OPERATIONS: dict[str, Callable[[Operation], bool]] = {
    ADMINISTRATOR: lambda _operation: True,
    ANONYMOUS: lambda operation: operation.is_public,
    NEWCOMER: lambda operation: operation.id in JOURNEY,
    USER: lambda operation: operation.is_open_to_users,
    PERMISSION_HOLDERS: lambda operation: operation.permission is not None,
    API_KEYS: lambda operation: operation.accepts_programs,
    SERVICE_ACCOUNT: lambda operation: operation.accepts_programs,
}
STATEFUL = "stateful"
GENERATED_PHASES = ("examples", "coverage", "fuzzing", STATEFUL)  # of schemathesis
PROBES = "probes"
ALL_PHASES = (*GENERATED_PHASES, PROBES)
PHASES = {
    **dict.fromkeys(OPERATIONS, GENERATED_PHASES),
    NEWCOMER: (STATEFUL,),  # it only follows links
    # Schemas have the same limits for every admitted caller; the administrator tries them.
    ANONYMOUS: ("examples", "fuzzing"),  # public operations have no links to follow
    USER: ("examples", "fuzzing", STATEFUL),
    PERMISSION_HOLDERS: ("examples", "fuzzing"),
    API_KEYS: ("examples",),
    SERVICE_ACCOUNT: ("examples",),
}
CALLERS = tuple(OPERATIONS)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is chosen for a run."""

    examples: int
    seed: int
    callers: tuple[str, ...]
    phases: tuple[str, ...]
    operations: tuple[str, ...] = ()  # all, if empty
    processes: int = 1

    @property
    def is_whole(self) -> bool:
        """Return whether nothing is left out."""
        return (
            not self.operations
            and set(self.callers) >= OPERATIONS.keys()
            and set(self.phases) >= set(ALL_PHASES)
        )
