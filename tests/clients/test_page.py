"""docs/clients.md shows the files that are type-checked and run, and the right versions."""

import json
import re

import pytest

from tests.clients.generation import ROOT, SOURCES

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
BLOCK = re.compile(r"^In `([\w.-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = [name for name, _ in BLOCK.findall(PAGE)]
FILES = sorted(file.relative_to(SOURCES) for file in SOURCES.glob("*/*.*"))


def squeeze(text: str) -> str:
    """Return the text without blank lines, which separate the parts of a file on the page."""
    return re.sub(r"\n{2,}", "\n", text)


@pytest.mark.parametrize("file", FILES, ids=str)
def test_the_page_shows_each_file_in_its_order(file):
    parts = [text for name, text in BLOCK.findall(PAGE) if name == file.name]

    assert squeeze("\n".join(parts)) == squeeze((SOURCES / file).read_text("utf-8"))


def test_the_page_shows_no_other_file():
    assert set(SHOWN) == {file.name for file in FILES}


def test_the_page_installs_the_tested_generators():
    locked = (ROOT / "requirements" / "development.txt").read_text()
    tools = json.loads((ROOT / "openapi" / "tools" / "package.json").read_text())
    example = json.loads((SOURCES / "typescript" / "package.json").read_text())

    [version] = re.findall(r"^openapi-python-client==(\S+)", locked, re.MULTILINE)
    assert f"openapi-python-client=={version}" in PAGE
    assert example["devDependencies"].items() <= tools["devDependencies"].items()
