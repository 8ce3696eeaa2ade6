"""The language of a reader."""

import re

import pytest

from api.core.request_context import RequestContext, clear_current_request, set_current_request
from api.languages.choice import LOCALE, MAX_LOCALE_LENGTH, choose_locale


@pytest.fixture
def request_with():
    yield lambda header: set_current_request(RequestContext(accept_language=header))
    clear_current_request()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("en-US;q=0.1, es-419", "es"),
        ("ja, fr;q=0.1", "fr"),
        ("pt-BR", "pt"),
        ("zh-Hant-HK", "zh"),
        ("DE-at", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("en;q=0.5, de-AT;q=0.6", "de"),
        ("ja", "en"),
        ("*", "en"),
        ("de;q=0, *", "en"),
        ("de;q=many", "en"),
        ("\xff\xfe", "en"),
        ("," * 8000, "en"),
    ],
)
def test_without_a_locale_the_header_chooses(request_with, header, language):
    request_with(header)

    assert choose_locale() == language


@pytest.mark.parametrize(
    ("locale", "language"), [("fr", "fr"), ("pt-BR", "pt"), ("zh-Hans-CN", "zh"), ("ja", "de")]
)
def test_the_locale_of_the_account_comes_first(request_with, locale, language):
    request_with("de")

    assert choose_locale(locale) == language


def test_outside_of_a_request_the_language_is_english():
    assert choose_locale() == "en"


@pytest.mark.parametrize(
    "locale", ["de", "de-AT", "zh-Hans", "zh-Hant-TW", "es-419", "yue-Hant-HK"]
)
def test_tags_of_bcp_47_are_locales(locale):
    assert re.search(LOCALE, locale)
    assert len(locale) <= MAX_LOCALE_LENGTH


@pytest.mark.parametrize("text", ["", "d", "DE", "de_AT", "de-at", "german", "../de", "de-AT-x"])
def test_other_texts_are_not(text):
    assert not re.search(LOCALE, text)
