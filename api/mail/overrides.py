"""Checks the templates that an operator has written (MAIL_TEMPLATES)."""

import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import TemplateSyntaxError

from api.config import ConfigError, Settings
from api.languages.choice import DEFAULT_LANGUAGE
from api.mail.catalogue import Template
from api.mail.look import Look, make_look
from api.mail.rendering import TEMPLATES, render_mail
from api.mail.samples import OPTIONAL, SAMPLES


def require_valid_templates(settings: Settings) -> None:
    """Check the templates before the service starts.

    Raises:
        ConfigError: one of them is wrong; it names the file, and the line if there is one.
    """
    if found := list(find_wrong_templates(settings)):
        raise ConfigError(*(f"MAIL_TEMPLATES: {problem}" for problem in found))


def find_wrong_templates(settings: Settings) -> Iterator[str]:
    """Yield a text for each file that is no template, or that cannot be rendered."""
    directory = settings.mail_templates
    if directory is None:
        return
    if not directory.is_dir():
        yield "is not a directory"
        return
    yield from _find_unknown_files(directory)
    look = make_look(settings)
    problems = (_try_template(look, directory, template) for template in Template)
    yield from dict.fromkeys(problem for problem in problems if problem)  # a layout is in all


def _find_unknown_files(directory: Path) -> Iterator[str]:
    known = {path.name for path in TEMPLATES.iterdir()}
    names = sorted(path.name for path in directory.iterdir())
    for name in names:
        if name not in known and not name.startswith("."):
            yield f"{name}: there is no such template"


def _try_template(look: Look, directory: Path, template: Template) -> str | None:
    values: Mapping[str, object] = SAMPLES[template]
    without: Mapping[str, object] = dict.fromkeys(OPTIONAL & values.keys())
    try:
        render_mail(look, template, DEFAULT_LANGUAGE, values)
        render_mail(look, template, DEFAULT_LANGUAGE, {**values, **without})
    except Exception as error:  # noqa: BLE001  a template can raise any
        return f"{_find_place(error, directory) or f'{template}.jinja'}: {_describe(error)}"
    return None


def _describe(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _find_place(error: Exception, directory: Path) -> str | None:
    """Return the file and the line in which a template failed."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent == directory]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else None
