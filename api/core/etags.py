"""The version that a change expects, so that concurrent changes are not lost (RFC 9110, 13)."""

from dataclasses import dataclass
from hashlib import blake2b

from api.core.errors import ApiError


class PreconditionFailed(ApiError):
    status = 412
    code = "precondition_failed"
    title = "Precondition failed"
    detail = "The resource has been changed since you read it."
    remedy = "Read it again, and repeat the change with the new ETag in If-Match."


@dataclass(frozen=True)
class ExpectedVersion:
    """The versions that a change may replace (None: any), and those that it may not."""

    versions: frozenset[int] | None = None
    excluded: frozenset[int] = frozenset()

    def check(self, version: int) -> None:
        """Reject the change of a resource that has this version.

        Raises:
            PreconditionFailed: another version is expected.
        """
        wanted = self.versions is None or version in self.versions
        if not wanted or version in self.excluded:
            raise PreconditionFailed


ANY = ExpectedVersion()


def make_version(content: str) -> int:
    """Return a version of what has no version number: a digest of its content."""
    return int.from_bytes(blake2b(content.encode(), digest_size=6).digest())
