"""The texts of the pages, and the language that they are in."""

from api.core.errors import ApiError, ValidationError

LINK_ADVICE = (
    "Links work once and for a limited time, and only the newest one works. Open the newest mail, "
    "or request a new one where you log in."
)
PROBLEMS = {  # the title and the advice for each error code that a reader can do something about
    "csrf_token_mismatch": (
        "This page is too old",
        "Open the link in the mail again, then press the button.",
    ),
    "invalid_one_time_token": ("This link does not work any more", LINK_ADVICE),
    "invalid_request": (
        "This link is incomplete",
        "Open the link in the mail again. If it is broken there, copy all of it to the browser.",
    ),
    "rate_limited": ("Too many requests", "Wait a minute, then open the link in the mail again."),
}
OTHER_PROBLEM = (
    "That did not work",
    "Nothing has changed. Open the link in the mail again in a few minutes.",
)


def gettext(text: str, **values: object) -> str:
    """Return a text in the language of the page."""
    return text % values


def get_language() -> str:
    """Return the language of the page, as BCP 47 writes it."""
    return "en"


def explain(error: ApiError) -> tuple[str, str]:
    """Return the title and the advice of an error for a reader who does not know the API."""
    title, advice = PROBLEMS.get(error.code, OTHER_PROBLEM)
    return gettext(title), gettext(advice)


def explain_input(error: ValidationError) -> str:
    """Return what is wrong with a field of the form."""
    return gettext(error.message.capitalize())
