"""A browser in which a page may request its own origin only, and must log no error."""

import os
import shutil
from collections.abc import Callable, Iterator
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


class Pages:
    """Opens pages of one origin, and records what is wrong with them."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self.browser, self.origin = browser, origin
        self.errors = PageErrors()
        self.opened: list[Page] = []

    def open(self, path: str, **options: object) -> Page:
        """Open a path in a context with these options, such as ``color_scheme="dark"``."""
        context = self.browser.new_context(base_url=self.origin, **options)
        context.set_default_timeout(TIMEOUT_MS)
        page = context.new_page()
        self.opened.append(page)
        self.errors.watch(page, self.origin)
        page.goto(path)
        return page

    def close(self) -> None:
        for page in self.opened:
            page.context.close()
        assert not self.errors


@pytest.fixture
def open_page(request, browser, service) -> Iterator[Callable[..., Page]]:
    """Open pages of the started service, as ``Pages.open`` does."""
    pages = Pages(browser, service.url)
    yield pages.open
    if pages.errors or request.node.stash.get(FAILED, True):
        _save_screenshots(pages.opened, request.node.name)
    pages.close()


@pytest.fixture(scope="module")
def explorer(browser, service) -> Iterator[Page]:
    """Swagger UI, which takes seconds to open, for the tests of a module."""
    pages = Pages(browser, service.url)
    yield pages.open("/docs")
    pages.close()


def _save_screenshots(pages: list[Page], name: str) -> None:
    """Save a picture of each page, to help to find the cause."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages):
        page.screenshot(path=SCREENSHOTS / f"{name}-{number}.png", full_page=True)
