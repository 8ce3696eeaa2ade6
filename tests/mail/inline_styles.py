"""Writes the styles of mails into their elements: `python -m tests.mail.inline_styles [--check]`.

Many mail programs ignore style sheets. The sources are in `api/mail/styles/`; what ships is in
`api/mail/templates/`.
"""

import sys
from pathlib import Path

from css_inline import CSSInliner

MAIL = Path(__file__).parents[2] / "api" / "mail"
SOURCES, TEMPLATES = MAIL / "styles", MAIL / "templates"
# Colours of the style sheet that stand for settings.
PLACEHOLDERS = {"#0bada5": "{{ service.color }}", "#0badff": "{{ service.text_color }}"}


def render() -> dict[str, str]:
    """Return the content of each file by its name."""
    css = (SOURCES / "mail.css").read_text("utf-8")
    inliner = CSSInliner(extra_css=css, load_remote_stylesheets=False)
    layout = inliner.inline((SOURCES / "layout.html").read_text("utf-8"))
    parts = inliner.inline_fragment((SOURCES / "parts.html").read_text("utf-8"), css)
    return {"layout.html": _fill(layout) + "\n", "parts.html": _fill(parts)}


def _fill(text: str) -> str:
    for placeholder, expression in PLACEHOLDERS.items():
        text = text.replace(placeholder, expression)
    return text


def find_outdated() -> list[str]:
    return [
        name
        for name, content in render().items()
        if not (TEMPLATES / name).exists() or (TEMPLATES / name).read_text("utf-8") != content
    ]


def main() -> None:
    if "--check" in sys.argv:
        if outdated := find_outdated():
            names = " and ".join(outdated)
            sys.exit(f"{names} in {TEMPLATES}: run `python -m tests.mail.inline_styles`")
        return
    for name, content in render().items():
        (TEMPLATES / name).write_text(content, "utf-8")


if __name__ == "__main__":
    main()
