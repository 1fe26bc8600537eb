"""`make screenshots`: a real demo in a real Chromium, photographed on desktop and phone, in dark and light."""

import sys
import tempfile
import time
from pathlib import Path

from demo_process import RunningDemo, running_demo
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PAGES = {"live": "/", "alerts": "/alerts", "cameras": "/cameras", "devices": "/devices", "overview": "/overview"}
WAIT_FOR_A_FACE = """() => [...document.querySelectorAll('.tile')].some(
  tile => tile.dataset.picture === 'live' && !tile.querySelector('[data-slot="face"]').hidden)"""


def main() -> None:
    """Wait for some alerts, then photograph each page in each look."""
    with tempfile.TemporaryDirectory() as place, running_demo(Path(place) / "data") as demo, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        while len(demo.alerts()) < 7:
            time.sleep(2)
        for scheme in ("dark", "light"):
            for device, viewport in (("", DESKTOP), ("-phone", PHONE)):
                _photograph(browser, demo, scheme, device, viewport)
        browser.close()


def _photograph(browser: Browser, demo: RunningDemo, scheme: str, device: str, viewport: dict[str, int]) -> None:
    context = browser.new_context(viewport=viewport, color_scheme=scheme, device_scale_factor=2 if device else 1)  # type: ignore[arg-type]
    page = context.new_page()
    _log_in(page, demo)
    for name, path in PAGES.items():
        page.goto(demo.url + path)
        if name == "live":
            page.wait_for_function(WAIT_FOR_A_FACE, timeout=60_000)
        page.wait_for_timeout(1500)
        target = FOLDER / f"{name}{device}-{scheme}.jpg"
        page.screenshot(path=target, type="jpeg", quality=82)
        sys.stdout.write(f"{target.relative_to(FOLDER.parent.parent)}\n")
    context.close()


def _log_in(page: Page, demo: RunningDemo) -> None:
    page.goto(demo.url)
    page.get_by_label("User name").fill(demo.ready["username"])
    page.get_by_label("Password").fill(demo.ready["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Live").wait_for()


if __name__ == "__main__":
    main()
