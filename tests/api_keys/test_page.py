"""The samples that find keys in docs/calling-from-a-service.md."""

import re

import pytest

from api.core.program_secrets import FORM, make_secret
from tests.service import ROOT

PAGE = (ROOT / "docs" / "calling-from-a-service.md").read_text("utf-8")
SECTION = PAGE.partition("\n## API keys\n")[2].partition("\n## ")[0]
CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATTERN = re.compile(r"^```\n(.*)\n```$", re.MULTILINE)


@pytest.fixture
def find_keys():
    """Return the function of the sample, which scans a text."""
    [code] = CODE.findall(SECTION)
    names = {}
    exec(compile(code, "the page", "exec"), names)
    return names["find_keys"]


def test_K_01_a_scanner_finds_keys_and_no_false_matches(find_keys):
    key, secret = make_secret("rb_live_"), make_secret("rb_client_")
    other = f"{key[:20]}{'a' if key[20] != 'a' else 'b'}{key[21:]}"
    text = f'KEY="{key}"\n{other} {secret} rb_live_ {key[:-1]}'

    assert find_keys(text) == [key]


def test_K_01_the_pattern_is_that_of_the_service():
    [pattern] = PATTERN.findall(SECTION)

    assert re.fullmatch(pattern, make_secret("rb_live_"))
    assert FORM.fullmatch(make_secret("rb_live_"))
