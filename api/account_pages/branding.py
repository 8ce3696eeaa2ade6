"""How the pages look: the name, the logo and the colour of the service."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Branding:
    name: str = "Rollbook"
    logo_url: str | None = None
    colour: str | None = None


def current_branding() -> Branding:
    return Branding()
