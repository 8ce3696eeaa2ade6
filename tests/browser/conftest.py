"""A browser in which a page may request its own origin only, and must log no error."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.node import require_file

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SCREENSHOTS = Path("build/browser")
QUIET = [  # without these it contacts its vendor at every start
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
TIMEOUT_MS = 30_000
ABORTED = "net::ERR_ABORTED"  # the test went to another page before the answer had come
expect.set_options(timeout=TIMEOUT_MS)  # on a busy machine Swagger UI takes seconds to open
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


def _chromium() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing = f"no browser on the path: looked for {', '.join(NAMES)}"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses root
    path = _chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=QUIET + root)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core."""
    return require_file("axe-core/axe.min.js").read_text()


class PageErrors(list[str]):
    """The errors that pages log, and their requests to other origins."""

    def watch(self, page: Page, origin: str) -> None:
        page.on("console", self._record_message)
        page.on("pageerror", lambda error: self.append(f"page error: {error}"))
        page.on("requestfailed", self._record_failure)
        page.on("request", lambda request: self._record_request(request.url, origin))

    def _record_message(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.append(f"console {message.type}: {message.text}")

    def _record_failure(self, request) -> None:
        if request.failure != ABORTED:
            self.append(f"failed: {request.url}")

    def _record_request(self, url: str, origin: str) -> None:
        if not url.startswith((f"{origin}/", "data:")):
            self.append(f"foreign request: {url}")


@pytest.fixture
def open_page(request, browser, service) -> Iterator[Page]:
    """Open pages of the started service: ``open_page("/docs", color_scheme="dark")``."""
    errors, contexts, pages = PageErrors(), [], []

    def opened(path: str, **options: object) -> Page:
        contexts.append(browser.new_context(base_url=service.url, **options))
        contexts[-1].set_default_timeout(TIMEOUT_MS)
        pages.append(contexts[-1].new_page())
        errors.watch(pages[-1], service.url)
        pages[-1].goto(path)
        return pages[-1]

    yield opened
    if errors or request.node.stash.get(FAILED, True):
        _save_screenshots(pages, request.node.name)
    for context in contexts:
        context.close()
    assert not errors


def _save_screenshots(pages: list[Page], name: str) -> None:
    """Save a picture of each page, to help to find the cause."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages):
        page.screenshot(path=SCREENSHOTS / f"{name}-{number}.png", full_page=True)
