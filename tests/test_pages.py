"""Links, make targets, settings and code samples in the documentation are correct."""

import re
import subprocess
import sys

import pytest

from api.config import Settings
from tests.service import ROOT
from tests.settings import PRODUCTION

PAGES = sorted(
    page for place in (".", "docs", "docs/adr", "openapi") for page in (ROOT / place).glob("*.md")
)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
TARGET = re.compile(r"`make ([a-z]+)[`\s]|^make ([a-z]+)", re.MULTILINE)
SETTING = re.compile(r"^\|[^|]+\| `([^`]+)`[^|]*\| `([A-Z0-9_]+)` \|$", re.MULTILINE)
EXAMPLE = re.compile(r"In `(api/[a-z/]+)\.py`:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Runs each example in its module, before the application is created.
ADDED = """
import sys
from importlib import import_module

place, code = sys.argv[1::2], sys.argv[2::2]
for module, text in zip(place, code, strict=True):
    exec(compile(text, module, "exec"), vars(import_module(module)))

from api import create_app, db
from api.models import User
from tests.support import LocalService

app = create_app({"TESTING": True, "DATABASE_URL": "sqlite://", "JWT_SECRET_KEY": "of a test"})
with app.app_context():
    db.create_all()
    service = LocalService(app, app.test_client())
    ada, root = service.person("Ada"), service.person("Root", role="admin")
    path = f"/api/users/{ada.id}/attempts"
    assert "forget_attempts" in app.test_client().get("/openapi.json").text
    assert app.test_client().delete(path).status_code == 401
    ada.delete(path, expecting=403)
    root.delete(path, expecting=204)
"""


def make_anchor(heading):
    """Return the anchor of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_have_a_target(page):
    for path, heading in LINK.findall(page.read_text("utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), path
        if heading:
            assert heading in map(make_anchor, HEADING.findall(target.read_text("utf-8")))


def test_mentioned_make_targets_exist():
    named = {a or b for page in PAGES for a, b in TARGET.findall(page.read_text("utf-8"))}
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert named >= {"run", "test", "openapi"}
    assert named - targets == set()


def test_the_security_page_has_the_default_settings(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    settings = Settings(**PRODUCTION)
    documented = SETTING.findall((ROOT / "docs/security.md").read_text("utf-8"))

    assert len(documented) >= 12
    assert {name: value for value, name in documented} == {
        name: str(getattr(settings, name.lower())) for _, name in documented
    }


def test_the_example_of_a_new_endpoint_works():
    examples = EXAMPLE.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    arguments = [part for path, code in examples for part in (path.replace("/", "."), code)]

    done = subprocess.run(
        [sys.executable, "-c", ADDED, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(examples) == 2
    assert done.returncode == 0, done.stderr
