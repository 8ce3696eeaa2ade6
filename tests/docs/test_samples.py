"""The Python samples of README.md and docs/, whose types are checked as strictly as the service.

C-03: a sample that does not pass its reader's type checker is a bad advertisement.
"""

import re

import pytest
from mypy import api as mypy

from tests.service import ROOT

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITH_GENERATED_CLIENT = ROOT / "docs" / "clients.md"  # checked where that client is generated
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Stubs of Authlib exist, types-Authlib, but are no dependency for two samples. Without them mypy
# rejects the import, and nothing else: the samples pass with release 1.8.0.20260911 of the stubs.
WITHOUT_STUBS = """\
[mypy]
[mypy-authlib.*]
ignore_missing_imports = True
"""
SAMPLES = [
    pytest.param(code, id=f"{page.name}-{number}")
    for page in PAGES
    if page != WITH_GENERATED_CLIENT
    for number, code in enumerate(BLOCK.findall(page.read_text("utf-8")), start=1)
]


@pytest.fixture(scope="module")
def check_types(tmp_path_factory):
    """Return a function from code to what mypy says about it, which is nothing if it is right."""
    place = tmp_path_factory.mktemp("samples")
    settings = place / "mypy.ini"
    settings.write_text(WITHOUT_STUBS, "utf-8")

    def check(code):
        sample = place / "sample.py"
        sample.write_text(code, "utf-8")
        options = ["--strict", f"--config-file={settings}", f"--cache-dir={place / 'cache'}"]
        report, errors, status = mypy.run([*options, str(sample)])
        return report + errors if status else ""

    return check


@pytest.mark.parametrize("code", SAMPLES)
def test_C_03_the_types_of_a_sample_are_right(check_types, code):
    assert check_types(code) == ""


def test_C_03_a_wrong_type_is_found(check_types):
    assert "arg-type" in check_types('print(len(7), "seven")\n')


def test_there_are_samples():
    assert SAMPLES
