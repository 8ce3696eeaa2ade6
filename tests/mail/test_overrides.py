"""Templates of the operator: used, kept in a sandbox, and checked at the start."""

from dataclasses import replace

import pytest

from api.config import ConfigError, load
from api.mail.brand import Brand
from api.mail.catalogue import Template
from api.mail.look import Look
from api.mail.overrides import find_wrong_templates
from api.mail.rendering import render_mail
from api.mail.samples import LINK, SAMPLES
from tests.settings import DEVELOPMENT, forget

BRAND = Brand("Rollbook", None, "#0f766e")
OWN = """{% extends layout %}
{% block subject %}Hello from {{ service.name }}{% endblock %}
{% block body %}{{ button(link, _('Set a new password')) }}{% endblock %}
"""


@pytest.fixture
def directory(tmp_path):
    return tmp_path


@pytest.fixture
def find_problems(directory, monkeypatch):
    forget(monkeypatch)
    return lambda: list(find_wrong_templates(load({**DEVELOPMENT, "mail_templates": directory})))


def render(directory, template=Template.RESET_PASSWORD, language="de"):
    return render_mail(Look(BRAND, directory), template, language, SAMPLES[template])


def test_a_template_replaces_the_one_of_the_same_name(directory, find_problems):
    (directory / "reset_password.jinja").write_text(OWN)

    mail = render(directory)

    assert find_problems() == []
    assert mail.subject == "Hello from Rollbook"
    assert "Neues Passwort wählen" in mail.text
    assert mail.html.count(LINK) == 3
    assert render(directory, Template.VERIFY_EMAIL).subject == "Bestätigen Sie Ihre E-Mail-Adresse"


def test_a_layout_can_be_replaced(directory, find_problems):
    (directory / "layout.html").write_text("<b>{% block subject %}{% endblock %}</b>")

    assert find_problems() == []
    assert render(directory).html == "<b>Wählen Sie ein neues Passwort</b>\n"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "reset_password.jinja",
            "{% if %}",
            "reset_password.jinja, line 1: Expected an expression",
        ),
        ("layout.html", "\n\n{{ colour }}", "layout.html, line 3: 'colour' is undefined"),
        ("invitation.jinja", "{{ 1 / 0 }}", "invitation.jinja, line 1: division by zero"),
        ("invitation.jinja", "{{ inviter.upper() }}", "invitation.jinja, line 1: 'None' has no"),
        ("invitation.html", "", "invitation.html: there is no such template"),
        ("parts.txt", "", "parts.txt, line 1: has no macro paragraph"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(directory, find_problems, name, text, problem):
    (directory / name).write_text(text)

    (found,) = find_problems()
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "expression",
    [
        "{{ service.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ paragraph.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ service.__init__.__globals__ }}",
        "{% for each in range(10000000) %}{% endfor %}",
    ],
)
def test_templates_cannot_leave_the_sandbox(directory, find_problems, expression):
    (directory / "already_registered.jinja").write_text(expression)

    assert len(find_problems()) == 1


def test_templates_cannot_read_other_files(directory, find_problems):
    (directory / "already_registered.jinja").write_text("{% include '../secret' %}")
    (directory.parent / "secret").write_text("x")

    assert find_problems() == ["already_registered.jinja, line 1: ../secret"]


def test_a_directory_that_is_missing_is_a_problem(monkeypatch, tmp_path):
    forget(monkeypatch)
    settings = load({**DEVELOPMENT, "mail_templates": tmp_path / "missing"})

    assert list(find_wrong_templates(settings)) == ["is not a directory"]


def test_the_service_does_not_start_with_a_wrong_template(build, directory):
    (directory / "layout.txt").write_text("{% block %}")

    with pytest.raises(ConfigError, match=r"^MAIL_TEMPLATES: layout.txt, line 1: [^\n]+$"):
        build(mail_templates=directory)


def test_two_services_have_their_own_look():
    other = replace(BRAND, name="Other")

    names = {
        render_mail(Look(brand), Template.INVITATION, "en", SAMPLES[Template.INVITATION]).subject
        for brand in (BRAND, other)
    }
    assert names == {"You are invited to Rollbook", "You are invited to Other"}
