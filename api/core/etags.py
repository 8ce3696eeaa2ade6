"""Which version of something a change is meant for: nobody overwrites what they never saw."""

from dataclasses import dataclass

from api.core.errors import ApiError


class PreconditionFailed(ApiError):
    status = 412
    code = "precondition_failed"
    title = "Precondition failed"
    detail = "It has been changed since you read it."
    remedy = "Read it again, and repeat the change with the new ETag in If-Match."


@dataclass(frozen=True)
class ExpectedVersion:
    """The versions that a change may replace, None standing for any, and those it may not."""

    versions: frozenset[int] | None = None
    but_not: frozenset[int] = frozenset()

    def check(self, version: int) -> None:
        """Refuse the change where the version at hand is another.

        Raises:
            Stale: it has been changed since it was read.
        """
        wanted = self.versions is None or version in self.versions
        if not wanted or version in self.but_not:
            raise PreconditionFailed


ANY = ExpectedVersion()
