"""What a check reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that does not work. A hint may be intended, and fails no check.

    A service does not start with one that ``prevents_start``; if the service may run before the
    operator repairs it, it ``can_wait``. At the start a problem is
    logged as ``event``, and also a hint that has one.
    """

    subject: str  # a setting, or a part such as `clock`
    reason: str
    remedy: str
    is_hint: bool = False
    prevents_start: bool = False
    can_wait: bool = False
    event: str = ""

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}; {self.remedy}"
