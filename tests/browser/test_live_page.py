"""The live page that is left open, in a real Chromium: wall, faces first, keys, fingers, and what nobody looked at."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from dashboard_site import FakeFeed, Site, an_alert, made_before, with_moving_pictures
from finger import Finger
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from tabs import hide, look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]
NOTICES = """
window.notices = [];
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { return (this.permission = "granted"); }
  constructor(title, options) { super(); window.notices.push([title, options.body, options.tag]); }
};
"""


def show(site: Site, page: Page, path: str = "/") -> None:
    site.let_in(page)
    page.goto(site.url + path)


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


def width(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box
    return box["width"]


# --- the wall


def test_the_wall_display_is_cameras_only_and_ends_with_escape(site: Site, page: Page, feed: FakeFeed) -> None:
    for name in "ABCD":
        site.add_camera(name)
    show(site, page)
    before = width(tile(page, "A"))
    page.keyboard.press("w")
    expect(page).to_have_url(f"{site.url}/?wall=1")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("group", name="Layout")).to_be_hidden()
    expect(page.locator("#wall-clock")).to_have_text(re.compile(r"\d\d:\d\d"))
    assert width(tile(page, "A")) > before
    expect(page.locator(".live[data-wall][data-idle]")).to_be_visible()  # nobody moves the pointer
    page.mouse.move(300, 300)
    expect(page.get_by_role("button", name="Leave the wall display")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{site.url}/")
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_a_wall_opened_by_its_address_shows_25_at_once_and_turns_its_pages(
    site: Site, page: Page, feed: FakeFeed
) -> None:
    for number in range(30):
        site.add_camera(f"Camera {number:02}")
    page.clock.install()
    show(site, page, "/?wall=1")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    first, last = tile(page, "Camera 00"), tile(page, "Camera 29")
    expect(first).to_be_in_viewport()
    expect(tile(page, "Camera 24")).to_be_in_viewport()
    expect(last).not_to_be_in_viewport(ratio=0.05)
    for seen in (last, first):
        page.clock.run_for(21_000)
        expect(seen).to_be_in_viewport()


# --- faces


def test_who_comes_is_shown_large_but_never_two_in_turn(site: Site, page: Page, feed: FakeFeed) -> None:
    ids = {name: site.add_camera(name) for name in "ABC"}
    show(site, page)
    expect(tile(page, "A")).to_have_attribute("data-picture", "live")
    page.get_by_role("button", name="Follow faces").click()
    feed.tell("alert", an_alert(ids["B"]))
    expect(tile(page, "B")).to_have_attribute("data-focus", "")
    feed.tell("alert", an_alert(ids["C"]))
    expect(tile(page, "C")).to_have_attribute("data-face", "")
    expect(tile(page, "C")).not_to_have_attribute("data-focus", "")  # six seconds belong to whoever came first
    page.wait_for_timeout(6100)
    feed.tell("alert", an_alert(ids["C"]))
    expect(tile(page, "C")).to_have_attribute("data-focus", "")
    assert width(tile(page, "C")) > 2 * width(tile(page, "A"))


def test_of_more_than_nine_those_with_a_face_play_first(site: Site, page: Page, feed: FakeFeed) -> None:
    ids = [site.add_camera(f"Camera {number:02}") for number in range(12)]
    show(site, page)
    page.get_by_role("button", name="Three a row").click()
    page.set_viewport_size({"width": 1500, "height": 1400})
    playing = page.locator('.tile[data-picture="live"]')
    expect(playing).to_have_count(9)
    twelfth = tile(page, "Camera 11")
    expect(twelfth).to_have_attribute("data-picture", "still")
    alert = an_alert(ids[11])
    feed.tell("alert", alert)
    expect(twelfth).to_have_attribute("data-picture", "live")
    expect(playing).to_have_count(9)
    feed.tell("alert", {**alert, "closed_at": alert["opened_at"]})
    expect(twelfth).to_have_attribute("data-picture", "still")


# --- keys and fingers


def test_a_tile_is_worked_by_keys_alone(site: Site, page: Page, feed: FakeFeed) -> None:
    for name in "ABC":
        site.add_camera(name)
    show(site, page)
    expect(tile(page, "B")).to_have_attribute("data-picture", "live")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(tile(page, "B")).to_be_focused()
    page.keyboard.press("Enter")
    expect(tile(page, "B")).to_have_attribute("data-focus", "")
    page.keyboard.press("Enter")
    expect(tile(page, "B")).not_to_have_attribute("data-focus", "")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator(".tile h2")).to_have_text(["B", "A", "C"])
    expect(tile(page, "B")).to_be_focused()
    page.keyboard.press("s")
    expect(tile(page, "B")).to_contain_text("Stopped by anna")
    page.keyboard.press("s")
    expect(tile(page, "B")).to_have_attribute("data-picture", "live")
    page.keyboard.press("i")
    expect(tile(page, "B").locator(".tile-stats")).to_contain_text("not connected")
    page.keyboard.press("m")
    expect(page.get_by_role("menu", name="Camera")).to_be_visible()


@pytest.fixture
def phone(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context
    context.close()


def test_a_finger_carries_a_tile_after_a_long_press_and_scrolls_before(site: Site, phone: BrowserContext) -> None:
    for name in "ABC":
        site.add_camera(name)
    page = phone.new_page()
    with_moving_pictures(page)
    FakeFeed(page)
    show(site, page)
    expect(tile(page, "A")).to_have_attribute("data-picture", "live")
    finger, names = Finger(page), page.locator(".tile h2")
    finger.press(tile(page, "A"))
    finger.move(tile(page, "B"))
    finger.lift()
    expect(names).to_have_text(["A", "B", "C"])  # that was a scroll
    page.evaluate("document.scrollingElement.scrollTop = 0")
    finger.press(tile(page, "A"))
    expect(tile(page, "A")).to_have_attribute("data-dragging", "")
    finger.move(tile(page, "B"))
    expect(tile(page, "B")).to_have_attribute("data-drop", "")
    finger.lift()
    expect(names).to_have_text(["B", "A", "C"])
    expect(tile(page, "A")).to_have_attribute("data-picture", "live")


# --- what nobody looked at


def test_what_came_unseen_is_counted_told_and_gone_at_the_first_look(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door", location="House")
    page.add_init_script(NOTICES)
    show(site, page)
    page.get_by_role("button", name="Notify me").click()
    expect(page.get_by_role("button", name="Notify me")).to_have_attribute("aria-pressed", "true")
    feed.tell("alert", an_alert(camera_id))
    expect(page.locator("#feed-list > li")).to_have_count(1)
    assert page.evaluate("window.notices") == []
    hide(page)
    alert = an_alert(camera_id)
    for _ in range(2):  # told twice is one
        feed.tell("alert", alert)
    expect(page).to_have_title("(1) Live · Watchpost")
    feed.tell("alert", an_alert(camera_id))
    expect(page).to_have_title("(2) Live · Watchpost")
    notice: Any = ["Front door", "A face, House", f"watchpost-{camera_id}"]
    assert page.evaluate("window.notices") == [notice, notice]
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("favicon-unseen"))
    look_at(page)
    expect(page).to_have_title("Live · Watchpost")
    expect(page.locator("link[rel=icon]")).not_to_have_attribute("href", re.compile("favicon-unseen"))


def test_the_overview_stays_true(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    show(site, page, "/overview")
    expect(page.locator("#numbers")).to_contain_text(re.compile(r"^\s*0"))
    site.add_alert(camera_id, 5)
    feed.tell("alert", an_alert(camera_id))
    expect(page.locator("#numbers")).to_contain_text(re.compile(r"^\s*1"))
    expect(page.locator("#ranks")).to_contain_text("Front door")


def test_the_overview_goes_on_with_time(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    made_before(page, "**/overview", 24)
    show(site, page, "/overview")
    expect(page.locator("#timeline-plot .axis")).to_be_attached()
    site.add_alert(camera_id, 5, received_at=datetime.now(UTC), closed_at=None)
    expect(page.locator("#timeline-plot .bar")).to_have_count(0)
    (alert,) = page.request.get(f"{site.url}/api/alerts").json()["items"]
    for closed_at in (None, alert["opened_at"]):
        feed.tell("alert", {**alert, "closed_at": closed_at})
    expect(page.locator("#timeline-plot .bar")).to_have_count(1)
    expect(page.locator("#timeline-plot .timeline-scale")).to_have_text("1")


def test_the_overview_says_what_needs_attention_and_how_the_hub_is(site: Site, page: Page, feed: FakeFeed) -> None:
    door = site.add_camera("Door", state="offline", state_reason="connection refused")
    for hours in (1, 1, 5):
        site.add_alert(door, hours * 3600)
    show(site, page, "/overview")
    expect(page.locator("#timeline-plot .bar")).to_have_count(2)
    expect(page.locator(".timeline-scale")).to_have_text("2")
    expect(page.locator("#ranks")).to_contain_text(re.compile(r"Door\s*3"))
    expect(page.locator("#attention")).to_contain_text("Door")
    expect(page.locator("#attention")).to_contain_text("connection refused")
    for text in ("Ingest Running", "Jobs Silent", "Pictures are kept"):
        expect(page.locator("#system")).to_contain_text(re.compile(text.replace(" ", r"\s*")))
