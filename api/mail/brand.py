"""How the service presents itself in mails, and on pages for users."""

from dataclasses import dataclass

from api.config import Settings

WHITE, BLACK = "#ffffff", "#1c2422"
MIN_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


@dataclass(frozen=True)
class Brand:
    """Name, logo and colour, as templates read them."""

    name: str
    logo_url: str | None
    color: str

    @property
    def text_color(self) -> str:
        """Return the colour of text on ``color``: white where it can be read."""
        return WHITE if 1.05 / (_get_luminance(self.color) + 0.05) >= MIN_CONTRAST else BLACK


def make_brand(settings: Settings) -> Brand:
    return Brand(settings.service_name, settings.service_logo_url, settings.service_color)


def _get_luminance(color: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for channel in (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
