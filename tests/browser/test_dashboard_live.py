"""The live page left open in a real Chromium: on a wall, by keys, and unseen."""

from collections.abc import Iterator

import pytest
from dashboard_site import FakeFeed, Site, an_alert, running_site, with_moving_pictures
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def site(hub: Site) -> Site:
    hub.clear()
    return hub


@pytest.fixture
def feed(page: Page) -> FakeFeed:
    with_moving_pictures(page)
    return FakeFeed(page)


def names(page: Page) -> list[str]:
    return [str(tile.get_attribute("aria-label")) for tile in page.locator(".tile").all()]


def test_a_wall_from_its_address(site: Site, page: Page, feed: FakeFeed) -> None:
    for name in "ABCDE":
        site.add_camera(name)
    site.log_in(page)
    page.goto(f"{site.url}/?wall=1")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".tile[data-picture=live]")).to_have_count(5)
    expect(page.locator("#wall-clock")).to_contain_text(":")
    heights = page.locator(".tile").evaluate_all("tiles => tiles.map(tile => tile.getBoundingClientRect().bottom)")
    assert max(heights) <= 900, "all of them are on the screen"
    page.get_by_role("button", name="Leave the wall display").click()
    expect(page.locator(".rail")).to_be_visible()
    expect(page).to_have_url(f"{site.url}/")


def test_who_comes_is_shown_large(site: Site, page: Page, feed: FakeFeed) -> None:
    ids = [site.add_camera(name) for name in "ABC"]
    site.log_in(page)
    page.get_by_role("button", name="Follow faces").click()
    expect(page.get_by_role("article", name="A")).to_have_attribute("data-focus", "")
    feed.tell("alert", an_alert(ids[1]))
    expect(page.get_by_role("article", name="B")).to_have_attribute("data-focus", "")


def test_an_address_of_one_camera(site: Site, page: Page, feed: FakeFeed) -> None:
    ids = [site.add_camera(name) for name in "AB"]
    site.log_in(page)
    page.goto(f"{site.url}/?camera={ids[1]}")
    expect(page.get_by_role("article", name="B")).to_have_attribute("data-focus", "")
    page.get_by_role("button", name="Fit").click()
    expect(page).to_have_url(f"{site.url}/")


def test_tiles_by_keys(site: Site, page: Page, feed: FakeFeed) -> None:
    for name in "ABC":
        site.add_camera(name)
    site.log_in(page)
    expect(page.locator(".tile[data-picture=live]")).to_have_count(3)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("article", name="B")).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    assert names(page) == ["B", "A", "C"]
    page.reload()
    assert names(page) == ["B", "A", "C"], "remembered"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="B")).to_have_attribute("data-focus", "")
    page.keyboard.press("s")
    expect(page.get_by_role("article", name="B")).to_contain_text("Stopped by anna")
    page.keyboard.press("m")
    expect(page.get_by_role("menuitem", name="Its alerts")).to_be_visible()


def test_what_came_unseen_is_counted(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.log_in(page)
    icon = page.locator("link[rel=icon]")
    plain = icon.get_attribute("href")
    page.evaluate(HIDE, True)
    for _ in range(2):
        feed.tell("alert", an_alert(camera_id))
    expect(page).to_have_title("(2) Live · Watchpost")
    assert icon.get_attribute("href") != plain
    page.evaluate(HIDE, False)
    expect(page).to_have_title("Live · Watchpost")
    assert icon.get_attribute("href") == plain


def test_faces_take_the_places_of_others(site: Site, page: Page, feed: FakeFeed) -> None:
    ids = [site.add_camera(f"Camera {number:02}") for number in range(12)]
    page.set_viewport_size({"width": 1920, "height": 1400})
    site.log_in(page)
    page.get_by_role("button", name="Three a row").click()
    playing = page.locator(".tile[data-picture=live]")
    expect(playing).to_have_count(9)
    last = page.get_by_role("article", name="Camera 11")
    expect(last).to_have_attribute("data-picture", "still")
    feed.tell("alert", an_alert(ids[11]))
    expect(last).to_have_attribute("data-picture", "live")
    expect(playing).to_have_count(9)


def test_the_overview_stays_true(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.log_in(page)
    page.goto(f"{site.url}/overview")
    expect(page.locator("#numbers")).to_contain_text("0visits in 7 days")
    site.add_camera("Garage", state="offline", state_reason="connection refused")
    site.add_alert(camera_id, 5)
    feed.tell("alert", an_alert(camera_id))
    expect(page.locator("#numbers")).to_contain_text("1visits in 7 days")
    expect(page.locator("#attention")).to_contain_text("connection refused")
    expect(page.locator("#ranks")).to_contain_text("Front door")
