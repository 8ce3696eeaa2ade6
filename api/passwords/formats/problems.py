"""Why a stored hash cannot be verified."""

from dataclasses import dataclass
from enum import StrEnum

from api.core.validation_rules import ValidationRule


class Part(StrEnum):
    """The part of a stored hash that was not understood or is not allowed."""

    SCHEME = "scheme"
    ENCODING = "base64"
    PARAMETER = "parameter"
    LENGTH = "length"
    COST = "cost"


@dataclass(frozen=True)
class HashProblem:
    """``message`` continues a sentence about the hash, and does not repeat the hash."""

    rule: ValidationRule
    part: Part
    message: str


class UnknownHash(ValueError):
    """The text is not a hash in a supported format."""

    def __init__(self, part: Part, detail: str) -> None:
        super().__init__(detail)
        message = f"is not a hash in a supported format: {detail}"
        self.problem = HashProblem(ValidationRule.HASH_UNKNOWN, part, message)
