"""The version that a change expects, so that concurrent changes are not lost (RFC 9110, 13)."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import ClassVar

from api.core.errors import ApiError, MemberSchemas

CHANGED, ALTERED_ETAG, BOTH = "changed", "altered_etag", "changed_and_altered_etag"


class PreconditionFailed(ApiError):
    status = 412
    code = "precondition_failed"
    title = "Precondition failed"
    detail = "The resource has been changed since you read it."
    remedy = (
        "Read it again, and repeat the change with the new ETag in If-Match. If `reason` is "
        '`altered_etag`, repeat it with the ETag as the service sent it, such as `"2"`.'
    )
    member_schemas: ClassVar[MemberSchemas] = {
        "reason": {
            "type": "string",
            "maxLength": 500,
            "description": "`changed`: the resource has another version. `altered_etag`: it has "
            "the version of the ETag, but the ETag is weak or has a suffix. "
            "`changed_and_altered_etag`: both.",
        }
    }

    def __init__(self, reason: str = CHANGED) -> None:
        super().__init__()
        self.members["reason"] = reason
        self.detail = DETAILS[reason]


CAUSE = (
    "If-Match compares strongly (RFC 9110, 13.1.1). A proxy that compresses responses makes an "
    "ETag weak or adds a suffix: switch compression off there."
)
DETAILS = {
    CHANGED: PreconditionFailed.detail,
    ALTERED_ETAG: "The resource has not been changed, but the ETag in If-Match is weak (`W/`) or "
    f"has a suffix, so it never matches. {CAUSE}",
    BOTH: "The resource has been changed since you read it. Besides, the ETag in If-Match is weak "
    f"(`W/`) or has a suffix, so it never matches. {CAUSE}",
}


@dataclass(frozen=True)
class ExpectedVersion:
    """The versions that a change may replace (None: any), and those that it may not.

    ``altered`` are versions whose ETags were altered on the way, which match none.
    """

    versions: frozenset[int] | None = None
    excluded: frozenset[int] = frozenset()
    altered: frozenset[int] = frozenset()

    def check(self, version: int) -> None:
        """Reject the change of a resource that has this version.

        Raises:
            PreconditionFailed: another version is expected, or an ETag was altered.
        """
        wanted = self.versions is None or version in self.versions
        if version in self.excluded:
            raise PreconditionFailed
        if not wanted:
            raise PreconditionFailed(self._find_reason(version))

    def _find_reason(self, version: int) -> str:
        if version in self.altered:
            return ALTERED_ETAG
        return BOTH if self.altered else CHANGED


ANY = ExpectedVersion()


def make_version(content: str) -> int:
    """Return a version of what has no version number: a digest of its content."""
    return int.from_bytes(blake2b(content.encode(), digest_size=6).digest())
