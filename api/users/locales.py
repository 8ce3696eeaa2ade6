"""The locale of a user, which is the language of mails and pages."""

from api.languages.choice import LANGUAGES, LOCALE, MAX_LOCALE_LENGTH
from api.web.fields import String

DESCRIPTION = (
    "The language of mails to the user, and of pages, as a tag of BCP 47 with an optional script "
    "and region; null if it is not known. Any such tag is stored, so that applications can use it, "
    f"and the languages of the service are {', '.join(LANGUAGES)}. Instead of another one it uses "
    "the language of the request, else English."
)


def locale(**keywords: bool) -> String:
    return String(
        max_length=MAX_LOCALE_LENGTH,
        pattern=LOCALE,
        nullable=True,
        description=DESCRIPTION,
        examples=["de-AT"],
        **keywords,
    )
