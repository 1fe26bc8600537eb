"""The live page left open in a real Chromium: on a wall, by keys, by finger, and unseen."""

from collections.abc import Iterator

import pytest
from dashboard_site import FakeFeed, Site, an_alert, running_site, with_moving_pictures
from playwright.sync_api import Browser, Page, expect

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
    feed.tell("alert", an_alert(ids[2]))
    expect(page.locator("#feed-list > li")).to_have_count(2)
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


def test_a_tile_follows_the_finger_after_a_long_press(site: Site, chromium: Browser) -> None:
    for name in "ABC":
        site.add_camera(name)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    with_moving_pictures(page)
    FakeFeed(page)
    site.log_in(page)
    page.wait_for_load_state("load")
    first, second = (page.get_by_role("article", name=name).bounding_box() for name in "AB")
    assert first
    assert second
    touch = page.context.new_cdp_session(page)

    def send(kind: str, y: float | None = None) -> None:
        points = [] if y is None else [{"x": 200, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    middles = [box["y"] + box["height"] / 2 for box in (first, second)]
    send("touchStart", middles[0])
    page.wait_for_timeout(600)
    expect(page.get_by_role("article", name="A")).to_have_attribute("data-dragging", "")
    for y in (middles[0] + 20, middles[1]):
        send("touchMove", y)
    expect(page.get_by_role("article", name="B")).to_have_attribute("data-drop", "")
    send("touchEnd")
    assert names(page) == ["B", "A", "C"]
    context.close()


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


def test_a_full_feed_stays_as_large_as_it_is(site: Site, page: Page, feed: FakeFeed) -> None:
    """The short form of `make bench-dashboard`: elements and listeners, which can be counted exactly."""
    camera_id = site.add_camera("Front door")
    site.log_in(page)
    page.mouse.move(600, 500)
    protocol = page.context.new_cdp_session(page)

    def told(count: int) -> None:
        for _ in range(count):
            alert = an_alert(camera_id)
            feed.tell("alert", alert)
            feed.tell("alert", {**alert, "closed_at": alert["opened_at"]})
        last = page.locator(f'#feed-list [data-alert="{alert["id"]}"]')
        expect(last).to_have_count(1, timeout=30_000)

    def counted() -> tuple[int, int]:
        expect(page.locator("#feed-list > li[data-fresh]")).to_have_count(0, timeout=30_000)
        for _ in range(2):
            protocol.send("HeapProfiler.collectGarbage")
        counters = protocol.send("Memory.getDOMCounters")
        return counters["nodes"], counters["jsEventListeners"]

    told(1010)
    before = counted()
    for _ in range(4):
        told(50)
        asked = len(feed.urls)
        feed.sockets[-1].close()
        while len(feed.urls) == asked:
            page.wait_for_timeout(50)
    after = counted()
    assert page.locator("#feed-list > li").count() == 1000
    assert after[0] < before[0] * 1.02
    assert after[1] < before[1] + 20
