"""A real Chromium for the tests of pages and video."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dashboard_site import FakeFeed, Site, running_site, with_moving_pictures
from demo_process import RunningDemo, running_demo
from playwright.sync_api import Browser, Locator, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright, whose event loop must not outlive the module that needs it."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page in a context of its own: no cookies of another test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, scenes: Path) -> Iterator[RunningDemo]:
    """Everything, with a real device and real video, one for each file of tests."""
    with running_demo(tmp_path_factory.mktemp("demo"), scenes=scenes) as running:
        yield running


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A hub with its dashboard, one for each file of tests."""
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def site(hub: Site) -> Site:
    """The hub without what the test before left."""
    hub.clear()
    return hub


@pytest.fixture
def feed(page: Page) -> FakeFeed:
    """The page's live feed, told by the test, and video that needs no server."""
    with_moving_pictures(page)
    return FakeFeed(page)


@pytest.fixture
def no_errors(page: Page) -> Iterator[None]:
    """No page may throw, or try what its own Content-Security-Policy forbids."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if "Security Policy" in message.text else None)
    yield
    assert said == []


@pytest.fixture(autouse=True)
def _clicks_wait_for_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages reload under a test, and what the server rendered is there before its scripts: no person is that quick."""
    click = Locator.click

    def patient(self: Locator, **options: Any) -> None:
        self.page.wait_for_load_state("load")
        click(self, **options)

    monkeypatch.setattr(Locator, "click", patient)
