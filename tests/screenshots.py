"""`make screenshots`: a real demo in a real Chromium, photographed on desktop, phone and wall, in dark and light."""

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from dashboard_site import running_site
from demo_process import RunningDemo, running_demo
from playwright.sync_api import Browser, Error, Page, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
DESKTOP, PHONE, WALL = {"width": 1440, "height": 900}, {"width": 390, "height": 844}, {"width": 1920, "height": 1080}
PAGES = {
    "live": "/",
    "alerts": "/alerts?range=day",
    "cameras": "/cameras",
    "devices": "/devices",
    "overview": "/overview?range=day",
    "camera": "/cameras/1",
    "device": "/devices/demo-device",
    "users": "/users",
    "settings": "/settings",
}
QUALITY = 68
FIRST_ALERTS = 16
PICTURES_MISS = """() => [...document.querySelectorAll('img')].some(image => !image.hidden
  && image.getBoundingClientRect().top < innerHeight && !(image.complete && image.naturalWidth))"""
WAIT_FOR_A_FACE = """() => [...document.querySelectorAll('.tile')].some(
  tile => tile.dataset.picture === 'live' && !tile.querySelector('[data-slot="face"]').hidden)"""


def main() -> None:
    """Wait for some alerts, then photograph each page in each look."""
    with tempfile.TemporaryDirectory() as place, running_demo(Path(place) / "data") as demo, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        while len(demo.alerts()) < FIRST_ALERTS:
            time.sleep(2)
        for old in FOLDER.glob("*.*"):
            old.unlink()
        for scheme in ("dark", "light"):
            _photograph(browser, demo, scheme, "", DESKTOP)
            _photograph(browser, demo, scheme, "-phone", PHONE)
        _wall(browser, demo)
        _first_run(browser)
        browser.close()


def _photograph(browser: Browser, demo: RunningDemo, scheme: str, device: str, viewport: dict[str, int]) -> None:
    page = _signed_in(browser, demo, scheme, viewport, 1.5 if device else 1)
    for name, path in PAGES.items():
        page.goto(demo.url + path)
        if name == "live":
            _wait_for_a_face(page)
        _settle(page)
        _keep(page, f"{name}{device}-{scheme}")
    page.goto(f"{demo.url}/alerts")
    page.locator(".shot-link").nth(2).click()
    page.wait_for_timeout(1500)
    _keep(page, f"alert{device}-{scheme}")
    page.context.close()


def _wall(browser: Browser, demo: RunningDemo) -> None:
    page = _signed_in(browser, demo, "dark", WALL, 1)
    page.goto(f"{demo.url}/?wall=1")
    page.wait_for_timeout(4000)
    _wait_for_a_face(page)
    _keep(page, "wall")
    page.context.close()


def _first_run(browser: Browser) -> None:
    """What a newcomer sees first, from a hub of its own that nobody has an account on."""
    with tempfile.TemporaryDirectory() as place, running_site(Path(place), is_new=True) as site:
        for device, viewport, scale in (("", DESKTOP, 1.0), ("-phone", PHONE, 1.5)):
            context = browser.new_context(viewport=viewport, color_scheme="light", device_scale_factor=scale)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(site.url)
            _settle(page)
            _keep(page, f"first-run{device}-light")
            context.close()


def _signed_in(browser: Browser, demo: RunningDemo, scheme: str, viewport: dict[str, int], scale: float) -> Page:
    context = browser.new_context(viewport=viewport, color_scheme=scheme, device_scale_factor=scale)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(demo.url)
    page.get_by_label("User name").fill(demo.ready["username"])
    page.get_by_label("Password").fill(demo.ready["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Live").wait_for()
    return page


def _wait_for_a_face(page: Page) -> None:
    """Polled from outside: Playwright's own waiting evaluates strings, which the content policy forbids."""
    _until(lambda: bool(page.evaluate(WAIT_FOR_A_FACE)), page)
    page.wait_for_timeout(1200)


def _settle(page: Page) -> None:
    """Until every picture that is in view has come."""
    _until(lambda: not page.evaluate(PICTURES_MISS), page, 15)
    page.wait_for_timeout(1000)


def _until(done: Callable[[], bool], page: Page, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(Error):  # a page that has become old was just reading itself anew
            if done():
                return
        page.wait_for_timeout(200)


def _keep(page: Page, name: str) -> None:
    target = FOLDER / f"{name}.webp"
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    cv2.imwrite(str(target), picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    sys.stdout.write(f"{target.relative_to(FOLDER.parent.parent)}\n")


if __name__ == "__main__":
    main()
