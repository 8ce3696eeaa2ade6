"""What all mails of one service have in common."""

from dataclasses import dataclass
from pathlib import Path

from api.config import Settings
from api.mail.brand import Brand, make_brand


@dataclass(frozen=True)
class Look:
    """The name, logo and colour of the service, and the directory of the operator's templates."""

    brand: Brand
    directory: Path | None = None


def make_look(settings: Settings) -> Look:
    return Look(make_brand(settings), settings.mail_templates)
