"""The name of a device: its browser and operating system, from the User-Agent header."""

import re

MAX_NAME_LENGTH = 80
UNKNOWN = "Unknown device"

# The first match counts, because browsers also name the browsers that follow them here.
BROWSERS = {
    "Edge": r"Edg(?:e|A|iOS)?/",
    "Opera": r"OPR/|Opera",
    "Samsung Internet": r"SamsungBrowser/",
    "Firefox": r"Firefox/|FxiOS/",
    "Chrome": r"Chrom(?:e|ium)/|CriOS/",
    "Safari": r"Version/.+ Safari/",
}
SYSTEMS = {
    "iPhone": r"iPhone",
    "iPad": r"iPad",
    "Android": r"Android",
    "Windows": r"Windows",
    "ChromeOS": r"CrOS",
    "macOS": r"Macintosh|Mac OS X",
    "Linux": r"Linux|X11",
}
PRODUCT = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")  # such as curl in curl/8.5.0


def name_device(user_agent: str | None) -> str:
    """Return a name such as ``Firefox on Linux`` or ``curl``."""
    text = user_agent or ""
    browser, system = _find_name(BROWSERS, text), _find_name(SYSTEMS, text)
    if browser and system:
        return f"{browser} on {system}"
    product = PRODUCT.match(text)
    return browser or system or (product[0].strip()[:MAX_NAME_LENGTH] if product else UNKNOWN)


def _find_name(patterns: dict[str, str], text: str) -> str | None:
    return next((name for name, pattern in patterns.items() if re.search(pattern, text)), None)
