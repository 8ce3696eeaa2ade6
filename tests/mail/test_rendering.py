"""Each mail in each language, as HTML and as text."""

from html.parser import HTMLParser

import pytest

from api.languages.choice import LANGUAGES
from api.mail.brand import BLACK, WHITE, Brand
from api.mail.catalogue import Template
from api.mail.look import Look
from api.mail.rendering import render_mail
from api.mail.samples import LINK, SAMPLES
from tests.mail.inline_styles import find_outdated

BRAND = Brand("Rollbook", None, "#0f766e")
LOOK = Look(BRAND)


def render(template, language="en", look=LOOK, **values):
    return render_mail(look, template, language, {**SAMPLES[template], **values})


class Page(HTMLParser):
    """Collects the links, the images and the text of a page."""

    def __init__(self, html):
        super().__init__()
        self.links, self.images, self.tags, self.text = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        found = dict(attrs)
        if tag == "a":
            self.links.append(found["href"])
        if tag == "img":
            self.images.append((found["src"], found["alt"]))

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", Template)
def test_html_and_text_have_the_link_and_the_values(template, language):
    mail, sample = render(template, language), SAMPLES[template]

    page = Page(mail.html)
    assert mail.language == language
    assert page.links == ([LINK, LINK] if "link" in sample else [])
    assert mail.text.count(LINK) == ("link" in sample)
    assert mail.subject in " ".join(page.text)
    for name in sample.keys() - {"link", "device", "at", "erase_at", "erased_at"}:
        assert str(sample[name]) in " ".join(page.text)
        assert str(sample[name]) in mail.text
    assert "{" not in mail.subject + mail.text
    assert "%(" not in mail.subject + mail.text + mail.html


@pytest.mark.parametrize("template", Template)
def test_the_values_are_those_that_the_catalogue_names(template):
    for name in SAMPLES[template]:
        missing = {key: value for key, value in SAMPLES[template].items() if key != name}
        with pytest.raises(Exception, match=f"'{name}' is undefined"):
            render_mail(LOOK, template, "en", missing)


def test_a_mail_without_optional_values():
    assert "You have been invited to Rollbook." in render(Template.INVITATION, inviter=None).text
    text = render(Template.NEW_DEVICE, device=None, address=None).text
    assert "Device: unknown" in text
    assert "IP address" not in text


def test_an_unknown_language_is_english():
    assert render(Template.RESET_PASSWORD, "ja").subject == "Choose a new password"


@pytest.mark.parametrize(
    "name", ["<a href='//evil.test'>x</a>", "<b>bold</b>", "%(service)s {{ 7*7 }}"]
)
def test_values_are_text_and_not_markup(name):
    mail = render(Template.INVITATION, inviter=name)

    assert set(Page(mail.html).tags) == set(Page(render(Template.INVITATION).html).tags)
    assert Page(mail.html).links == [LINK, LINK]
    assert "49" not in mail.text


def test_a_link_in_the_name_of_the_inviter_is_not_sent():
    mail = render(Template.INVITATION, inviter="Click https://evil.test")

    assert "evil" not in mail.subject + mail.text + mail.html


def test_the_service_has_its_own_name_logo_and_colour():
    brand = Brand("Ada & Sons", "https://example.org/logo.png", "#ffee00")

    mail = render(Template.INVITATION, look=Look(brand))

    assert mail.subject == "You are invited to Ada & Sons"
    assert Page(mail.html).images == [("https://example.org/logo.png", "Ada & Sons")]
    assert "background-color: #ffee00" in mail.html
    assert f"color: {BLACK}" in mail.html


@pytest.mark.parametrize(
    ("color", "text_color"), [("#0f766e", WHITE), ("#000000", WHITE), ("#ffee00", BLACK)]
)
def test_text_on_the_colour_can_be_read(color, text_color):
    assert Brand("x", None, color).text_color == text_color


def test_the_shipped_templates_have_the_styles_of_their_sources():
    assert find_outdated() == []


def test_nothing_is_loaded_from_elsewhere():
    for template in Template:
        html = render(template).html
        assert "url(" not in html
        assert "<script" not in html
        assert Page(html).images == []
