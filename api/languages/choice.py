"""Which of the languages a reader gets."""

from collections.abc import Iterable

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from api.core.request_context import current_request

LANGUAGES = ("en", "de", "es", "fr", "pt", "zh")  # zh is written in simplified characters
DEFAULT_LANGUAGE = "en"

# A tag of BCP 47 with a language, and if it has them a script and a region, such as zh-Hant-TW.
LOCALE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"
MAX_LOCALE_LENGTH = 11


def choose_locale(user_locale: str | None = None) -> str:
    """Return the language for a user, or for the client of the current request.

    It is that of the account, else the one that `Accept-Language` prefers, else English.
    """
    chosen = find_language([user_locale] if user_locale else ())
    return chosen or find_requested_language() or DEFAULT_LANGUAGE


def find_language(locales: Iterable[str]) -> str | None:
    """Return the first of our languages in which one of the locales is written, such as `de-AT`."""
    primary = (locale.partition("-")[0].lower() for locale in locales)
    return next((language for language in primary if language in LANGUAGES), None)


def find_requested_language() -> str | None:
    """Return the language that the client of the current request prefers, if it is one of ours."""
    accepted = parse_accept_header(current_request().accept_language, LanguageAccept)
    return find_language(locale for locale, quality in accepted if quality > 0)
