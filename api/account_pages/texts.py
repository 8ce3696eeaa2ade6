"""The texts of the pages in the language that the reader's browser prefers."""

from api.core.errors import ApiError, ValidationError
from api.core.runtime import current_settings
from api.core.validation_rules import ValidationRule
from api.languages.choice import choose_locale
from api.languages.translations import load_translations
from api.passwords import rules

PACKAGE = "api.account_pages"


def _(text: str) -> str:
    """Mark a text for the catalogues; it is translated when it is shown."""
    return text


PROBLEMS = {  # the title and the advice for each error code that a reader can do something about
    "csrf_token_mismatch": (
        _("This page is too old"),
        _("Open the link in the mail again, then press the button."),
    ),
    "email_taken": (
        _("Another account has this e-mail address"),
        _("Nothing has changed. Log in to the other account, or ask for another address."),
    ),
    "invalid_invitation": (
        _("This link does not work any more"),
        _("Ask the person who has invited you for a new invitation, and open the newest mail."),
    ),
    "invalid_one_time_token": (
        _("This link does not work any more"),
        _(
            "Links work once and for a limited time, and only the newest one works. Open the "
            "newest mail, or request a new one where you log in."
        ),
    ),
    "invalid_request": (
        _("This link is incomplete"),
        _("Open the link in the mail again. If it is broken there, copy all of it to the browser."),
    ),
    "too_many_requests": (
        _("Too many requests"),
        _("Wait a minute, then open the link in the mail again."),
    ),
    "username_taken": (
        _("Another account has the username now"),
        _("Nothing has changed. Ask an administrator."),
    ),
}
OTHER_PROBLEM = (
    _("That did not work"),
    _("Nothing has changed. Open the link in the mail again in a few minutes."),
)
INPUT_ERRORS = {
    ValidationRule.PASSWORD_TOO_SHORT: _("Choose a password with at least %(min)s characters."),
    ValidationRule.PASSWORD_TOO_LONG: _("Choose a password with at most %(max)s characters."),
    ValidationRule.PASSWORD_BLOCKLISTED: _(
        "Choose another password: it must not be common, and must not contain your names or the "
        "name of the service."
    ),
    ValidationRule.PASSWORD_UNCHANGED: _("Choose another password than the one until now."),
    ValidationRule.PATTERN: _("There are characters that are not allowed."),
    ValidationRule.REQUIRED: _("Something is missing."),
    ValidationRule.USERNAME: _(
        "Choose another username: this one is taken, or is an e-mail address of another person."
    ),
}
OTHER_INPUT_ERROR = _("Check what you have entered.")


def get_language() -> str:
    """Return the language of the page."""
    return choose_locale()


def gettext(text: str, **values: object) -> str:
    """Return a text in the language of the page."""
    translated = load_translations(PACKAGE, get_language()).gettext(text)
    return translated % values if values else translated


def explain(error: ApiError) -> tuple[str, str]:
    """Return the title and the advice of an error for a reader who does not know the API."""
    title, advice = PROBLEMS.get(error.code, OTHER_PROBLEM)
    return gettext(title), gettext(advice)


def explain_input(error: ValidationError) -> str:
    """Return what is wrong with a field of the form."""
    minimum = max(current_settings().password_min_length, rules.MIN_LENGTH)
    text = INPUT_ERRORS.get(error.rule, OTHER_INPUT_ERROR)
    return gettext(text, min=minimum, max=rules.MAX_LENGTH)
