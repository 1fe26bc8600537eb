"""A walk past the screens that hang on walls, lie in hands and wait behind other tabs, against a running demo."""

import re
from collections.abc import Iterator

import pytest
from demo_pages import expect_video, log_in, tile_of
from demo_process import RunningDemo
from finger import Finger
from patience import wait_until
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tabs import hide, look_at

pytestmark = [pytest.mark.walk, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.usefixtures("no_errors")]
FRONT, GARDEN = "Front door", "Garden gate"
BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"
RUNNING = "document.getAnimations().filter((one) => one.playState === 'running').map((one) => one.animationName)"


# --- a wall


def test_a_wall_shows_moving_cameras_and_nothing_else(demo: RunningDemo, page: Page) -> None:
    """Opened by its address, as a kiosk does; it fills the window without scrolling, also when cameras come and go."""
    log_in(page, demo)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{demo.url}/?wall=1")
    for camera in (FRONT, GARDEN):
        expect_video(page, camera)
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.locator("#wall-clock")).to_have_text(re.compile(r"^\d\d:\d\d · \w{3} \d+$"))
    expect(page.locator(".live[data-wall][data-idle]")).to_be_visible()
    alone = fits(page)
    more = [demo.call("POST", "/api/cameras", {"name": name, "source_url": "rtsp://127.0.0.1:1/x"}) for name in "XYZ"]
    try:
        expect(page.locator(".tile")).to_have_count(5)
        assert fits(page) < alone
    finally:
        for camera in more:
            demo.fetch("DELETE", f"/api/cameras/{camera['id']}")
    expect(page.locator(".tile")).to_have_count(2)
    assert fits(page) == alone
    for camera in (FRONT, GARDEN):
        expect_video(page, camera)
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def fits(page: Page) -> float:
    """How wide each tile is, once all of them are whole in the window."""
    for tile in page.locator(".tile").all():
        expect(tile).to_be_in_viewport(ratio=0.99)
    assert page.evaluate("document.getElementById('wall-area').scrollHeight <= innerHeight")
    width: float = page.locator(".tile").first.evaluate("tile => tile.getBoundingClientRect().width")
    return width


# --- looks


def test_the_theme_is_as_the_system_has_it_or_as_it_was_chosen(demo: RunningDemo, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    log_in(page, demo)
    expect_video(page, FRONT)
    light = page.evaluate(BACKGROUND)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(BACKGROUND)
    assert light != dark
    for chosen, background in (("light", light), ("dark", dark), ("auto", dark)):
        page.get_by_role("button", name="You").click()
        page.get_by_role("button", name=re.compile("^Theme:")).click()
        expect(page.get_by_role("button", name=f"Theme: {chosen}")).to_be_visible()
        assert page.evaluate(BACKGROUND) == background
        page.reload()
        assert page.evaluate(BACKGROUND) == background
        expect_video(page, FRONT, 2)
    page.emulate_media(color_scheme="light")
    assert page.evaluate(BACKGROUND) == light


def test_who_asked_for_less_motion_gets_a_still_glow(demo: RunningDemo, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    log_in(page, demo)
    expect(page.locator(".tile[data-face]").first).to_be_visible(timeout=60_000)
    wait_until(page, f"{RUNNING}.length === 0", clue=RUNNING)
    here = str(page.locator(".tile[data-face]").first.get_attribute("aria-label"))
    expect_video(page, here)


# --- behind other tabs


def test_a_tab_counts_who_came_while_nobody_looked(demo: RunningDemo, page: Page) -> None:
    """The live page and the list of alerts; the first look ends it."""
    log_in(page, demo)
    listed = page.context.new_page()
    listed.goto(f"{demo.url}/alerts")
    expect(listed.locator(".shot").first).to_be_visible(timeout=60_000)
    for tab in (page, listed):
        expect(tab.locator("#link-state")).to_have_attribute("data-state", "open")
        hide(tab)
    for tab, name in ((page, "Live"), (listed, "Alerts")):
        expect(tab).to_have_title(re.compile(rf"^\(\d+\) {name} · Watchpost$"), timeout=60_000)
        expect(tab.locator("link[rel=icon]")).to_have_attribute("href", re.compile("favicon-unseen"))
        look_at(tab)
        expect(tab).to_have_title(f"{name} · Watchpost")
    expect_video(page, FRONT)


# --- in a hand


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context
    context.close()


def test_a_finger_puts_playing_tiles_in_another_order(demo: RunningDemo, phone: BrowserContext) -> None:
    """After a long press; the video goes on under the finger, and a reload keeps the order."""
    page = phone.new_page()
    log_in(page, demo)
    for camera in (FRONT, GARDEN):
        expect_video(page, camera)
    names = page.locator(".tile h2")
    stream = tile_of(page, FRONT).evaluate("tile => tile.querySelector('video').srcObject.id")
    finger = Finger(page)
    finger.press(tile_of(page, FRONT))
    expect(tile_of(page, FRONT)).to_have_attribute("data-dragging", "")
    finger.move(tile_of(page, GARDEN))
    expect(tile_of(page, GARDEN)).to_have_attribute("data-drop", "")
    finger.lift()
    expect(names).to_have_text([GARDEN, FRONT])
    assert tile_of(page, FRONT).evaluate("tile => tile.querySelector('video').srcObject.id") == stream
    for camera in (FRONT, GARDEN):
        expect_video(page, camera)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    expect(names).to_have_text([GARDEN, FRONT])
