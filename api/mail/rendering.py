"""Renders a mail in a language: its subject, and its text as plain text and as HTML.

Templates run in a sandbox, since operators can replace them (MAIL_TEMPLATES).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from api.languages.choice import choose_locale
from api.languages.translations import load_translations
from api.mail.catalogue import Template
from api.mail.look import Look
from api.mail.values import prepare_values

PACKAGE = "api.mail"
TEMPLATES = Path(str(files(PACKAGE) / "templates"))
PARTS = ("paragraph", "button", "fact", "note")  # the macros of `parts.html` and `parts.txt`
BLANK_LINES = re.compile(r"\n{3,}")
Format = Literal["html", "txt"]


@dataclass(frozen=True)
class RenderedMail:
    """A mail as its reader sees it."""

    subject: str
    text: str
    html: str
    language: str


def render_mail(
    look: Look, template: Template, locale: str | None, values: Mapping[str, object]
) -> RenderedMail:
    """Render a mail in the language of its reader.

    Raises:
        jinja2.TemplateError: a template of the operator is wrong.
    """
    language = choose_locale(locale)
    prepared = prepare_values(values, language)
    html, text = (_render(look, kind, template, language, prepared) for kind in ("html", "txt"))
    subject, _, body = text.strip().partition("\n")
    body = BLANK_LINES.sub("\n\n", body).strip()
    return RenderedMail(" ".join(subject.split()), f"{body}\n", f"{html.strip()}\n", language)


def _render(
    look: Look, kind: Format, template: Template, language: str, values: Mapping[str, object]
) -> str:
    environment = _make_environment(look, kind, language)
    return environment.get_template(f"{template}.jinja").render(values, layout=f"layout.{kind}")


@lru_cache(maxsize=64)
def _make_environment(look: Look, kind: Format, language: str) -> Environment:
    directories = [look.directory, TEMPLATES] if look.directory else [TEMPLATES]
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(directory) for directory in directories]),
        autoescape=kind == "html",
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        auto_reload=False,
    )
    translations = load_translations(PACKAGE, language)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(service=look.brand, language=language)
    environment.globals.update(_load_parts(environment, f"parts.{kind}"))
    return environment


def _load_parts(environment: Environment, file: str) -> dict[str, object]:
    """Return the macros that all mails use.

    Raises:
        TemplateSyntaxError: the operator's file lacks one of them.
    """
    module = environment.get_template(file).module
    for name in PARTS:
        if not hasattr(module, name):
            raise TemplateSyntaxError(f"has no macro {name}", 1, file)
    return {name: getattr(module, name) for name in PARTS}
