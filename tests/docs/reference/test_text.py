"""Descriptions as HTML, and values as source text."""

import ast
import json

import pytest

from api.docs.reference.literals import render_literal
from api.docs.reference.markup import highlight_json, render_line, render_markdown, to_plain

VALUES = [
    {},
    [],
    'it\'s "quoted" \\ and ünïcode\n',
    {"a": None, "b": [True, False], "c-d": {"e": 1.5}},
    [{"name": "a" * 80, "list": [1, 2, 3]}, {"name": "b"}],
]


def test_markdown_passes_no_html_and_no_script_url():
    shown = render_markdown("<b>x</b> [y](javascript:alert(1)) `<i>`", {})
    assert "<b>" not in shown
    assert "href" not in shown
    assert "<code>&lt;i&gt;</code>" in shown


def test_a_known_code_span_becomes_a_link():
    urls = {"GET /api/me": "/docs/reference/users#get_me"}
    shown = render_line("See `GET /api/me` and `x`.", urls)
    assert '<a href="/docs/reference/users#get_me"><code>GET /api/me</code></a>' in shown
    assert " <code>x</code>." in shown


def test_plain_text_is_one_line_without_signs():
    assert to_plain("a `b`\n\n**c**") == "a b c"


def test_highlighted_json_reads_as_the_json():
    text = '{"a": "<b>", "c": [1, -2.5, true, null]}'
    shown = highlight_json(text)
    assert shown.striptags() == text
    assert '<span class="json-key">&#34;a&#34;</span>' in shown
    assert '<span class="json-text">&#34;&lt;b&gt;&#34;</span>' in shown


@pytest.mark.parametrize("value", VALUES)
def test_a_literal_of_json_and_python_is_the_value(value):
    assert json.loads(render_literal(value, "json")) == value
    assert ast.literal_eval(render_literal(value, "python")) == value


def test_a_literal_of_typescript_quotes_only_the_keys_that_need_it():
    shown = render_literal({"user_id": None, "c-d": True}, "typescript")
    assert shown == '{ user_id: null, "c-d": true }'
