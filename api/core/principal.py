"""The caller of an operation: who it is, what it may do, and how it proved its identity."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from api.core import clock
from api.core.errors import PermissionDenied, SessionRequired, StepUpRequired
from api.core.permissions import Permission


class PrincipalKind(StrEnum):
    """What a principal is."""

    USER = "user"
    SERVICE_ACCOUNT = "service_account"
    OPERATOR = "operator"  # a person with a shell on the machine, who uses the command line


class Assurance(StrEnum):
    """How sure it is who authenticated (NIST SP 800-63B, 2); AAL1 is one factor."""

    AAL1 = "aal1"


@dataclass(frozen=True, slots=True)
class SessionCredential:
    """A session that a user opened by logging in."""

    id: UUID
    assurance: Assurance
    authenticated_at: datetime  # when the password was last verified


@dataclass(frozen=True, slots=True)
class ApiKeyCredential:
    """An API key, which a program presents.

    ``requests_per_minute`` is the limit of this key, or None if it has the usual one.
    """

    id: UUID
    requests_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class ClientTokenCredential:
    """A client secret or a public key, with which a service account got its access token."""

    id: UUID


@dataclass(frozen=True, slots=True)
class RecordedCredential:
    """A credential that was used earlier, and of which only the id was recorded."""

    id: UUID


MachineCredential = ApiKeyCredential | ClientTokenCredential
Credential = SessionCredential | MachineCredential | RecordedCredential


@dataclass(frozen=True, kw_only=True)
class Principal:
    """An authenticated caller.

    ``credential`` is None for the operator, and for a user without a session: one who registers or
    logs in, or whose session has already ended.
    ``organization_id`` is the organisation in which the principal acts, if any.
    ``must_change_password`` is whether the password is temporary. The dispatcher then rejects every
    operation that does not accept that. ``must_verify_email`` is the same for an e-mail address
    that has to be confirmed first.
    """

    kind: PrincipalKind = PrincipalKind.USER
    id: UUID
    permissions: frozenset[Permission] = frozenset()
    credential: Credential | None = None
    organization_id: UUID | None = None
    must_change_password: bool = False
    must_verify_email: bool = False

    @property
    def session_id(self) -> UUID | None:
        """Return the id of the session in which the principal acts, if it acts in one."""
        credential = self.credential
        return credential.id if isinstance(credential, SessionCredential) else None

    @property
    def credential_id(self) -> UUID | None:
        """Return the id of the session, the API key or the client credential."""
        return self.credential.id if self.credential else None

    @property
    def recorded_id(self) -> UUID | None:
        """Return the id that rows keep of who made them; None for the operator, who has no row."""
        return None if self.kind is PrincipalKind.OPERATOR else self.id

    def is_user(self, user_id: UUID | None) -> bool:
        """Return whether the principal is this user, or a program of the user."""
        return self.kind is PrincipalKind.USER and self.id == user_id

    @property
    def acts_by_machine(self) -> bool:
        """Return whether a program authenticated, and not a person who logged in."""
        return isinstance(self.credential, MachineCredential)

    @property
    def has_scopes(self) -> bool:
        """Return whether it sent an access token of OAuth 2.0, whose scopes are permissions."""
        return isinstance(self.credential, ClientTokenCredential)

    def require_still_valid(self) -> None:
        """Check again what was authenticated, after a wait for a lock; a session can have ended.

        Raises:
            Unauthenticated
            PermissionDenied: a permission was withdrawn meanwhile.
        """

    def require_person(self) -> None:
        """Reject a program: API keys and tokens of service accounts.

        Raises:
            SessionRequired
        """
        if self.acts_by_machine:
            raise SessionRequired

    def require(self, permission: Permission) -> None:
        """Reject a principal that lacks the permission.

        Raises:
            PermissionDenied: naming the permission.
        """
        if permission not in self.permissions:
            raise PermissionDenied(permission, is_scope=self.has_scopes)

    def require_all(self, permissions: Iterable[Permission]) -> None:
        """Reject a principal that lacks one of the permissions.

        Raises:
            PermissionDenied: naming the first missing one in alphabetical order.
        """
        for missing in sorted(set(permissions) - self.permissions):
            raise PermissionDenied(missing, is_scope=self.has_scopes)

    def require_recent_authentication(self, *, max_age_seconds: int) -> None:
        """Reject a principal whose password was verified too long ago (RFC 9470).

        The operator is never rejected: the command line has no password to verify.

        Raises:
            SessionRequired: a program has no password.
            StepUpRequired
        """
        if self.kind is PrincipalKind.OPERATOR:
            return
        self.require_person()
        credential = self.credential
        oldest = clock.now() - timedelta(seconds=max_age_seconds)
        if not isinstance(credential, SessionCredential) or credential.authenticated_at < oldest:
            raise StepUpRequired(max_age_seconds)


# The command line acts as this principal. Its id never appears in the database.
OPERATOR = Principal(kind=PrincipalKind.OPERATOR, id=UUID(int=0), permissions=frozenset(Permission))
