"""Descriptions, which are Markdown, as HTML; and JSON in colours."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

JSON_PARTS = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*")'
    r"|(?P<word>\b(?:true|false|null)\b)|(?P<number>-?\b\d+(?:\.\d+)?\b)"
)


@cache
def _parser() -> "MarkdownIt":
    """Return a parser that passes no HTML through, and makes links of known code spans."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  most processes never need it

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("code_inline", _render_code)
    return parser


def _render_code(
    _: "RendererHTML", tokens: "Sequence[Token]", index: int, __: "OptionsDict", env: "EnvType"
) -> str:
    text = tokens[index].content
    code = f"<code>{escape(text)}</code>"
    url = env.get("urls", {}).get(text)
    return f'<a href="{escape(url)}">{code}</a>' if url else code


def render_markdown(text: str, urls: Mapping[str, str]) -> Markup:
    """Render paragraphs; a code span that is a key of ``urls`` becomes a link."""
    return Markup(_parser().render(text, {"urls": urls}))  # noqa: S704  the parser escapes


def render_line(text: str, urls: Mapping[str, str]) -> Markup:
    """Render a text that stands within a line."""
    return Markup(_parser().renderInline(text, {"urls": urls}))  # noqa: S704  the parser escapes


def to_plain(text: str) -> str:
    """Return a description without the signs of Markdown, on one line."""
    return " ".join(re.sub(r"[`*#]", "", text).split())


def highlight_json(text: str) -> Markup:
    """Mark keys, texts, numbers and words of JSON; text that is none stays as it is."""
    parts, end = [], 0
    for match in JSON_PARTS.finditer(text):
        parts.append(escape(text[end : match.start()]))
        marked = f'<span class="json-{match.lastgroup}">{escape(match[0])}</span>'
        parts.append(Markup(marked))  # noqa: S704  escaped
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def break_path(path: str) -> Markup:
    """Let a path break before its slashes, where the screen is narrow."""
    return Markup("<wbr>/").join(path.split("/"))
