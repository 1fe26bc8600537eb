"""The feed of the live page in a real Chromium: what comes, where it stands, and what a lost connection missed."""

from datetime import UTC, datetime

import pytest
from dashboard_site import FakeFeed, Site, a_jpeg, an_alert
from patience import wait_until
from playwright.sync_api import Page, expect
from tabs import hide, look_at

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]


def items(page: Page) -> list[str]:
    ids: list[str] = page.locator("#feed-list > li").evaluate_all("items => items.map(item => item.dataset.alert)")
    return ids


def test_an_alert_appears_and_its_tile_glows(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.log_in(page)
    expect(page.get_by_text("Nobody yet")).to_be_visible()
    alert = an_alert(camera_id)
    feed.tell("alert", alert, "7")
    expect(page.locator(f'#feed-list [data-alert="{alert["id"]}"]')).to_contain_text("Front door")
    expect(page.get_by_text("Nobody yet")).to_be_hidden()
    tile = page.get_by_role("article", name="Front door")
    expect(tile).to_have_attribute("data-face", "")
    feed.tell("alert", {**alert, "closed_at": alert["opened_at"]}, "8")
    expect(tile).not_to_have_attribute("data-face", "")
    assert len(items(page)) == 1


def test_the_face_stands_beside_its_picture(site: Site, page: Page, feed: FakeFeed) -> None:
    picture = site.keep_picture(a_jpeg())
    site.add_alert(site.add_camera("Front door"), 30, box=(100, 40, 60, 60), **picture)
    site.let_in(page)
    page.goto(site.url)
    crop, frame = (page.locator(f'#feed-list [data-slot="{slot}"]') for slot in ("crop", "frame"))
    for image in (crop, frame):
        wait_until(page, "image => image.complete && image.naturalWidth > 0", image.element_handle())
    assert frame.evaluate("image => image.naturalWidth") == 320
    assert crop.evaluate("image => image.naturalWidth") < 320
    left, right = crop.bounding_box(), frame.bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]
    assert left["y"] == right["y"]


def test_nothing_moves_under_the_pointer(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.add_alert(camera_id, 30)
    site.log_in(page)
    first = page.locator("#feed-list > li").first
    first.hover()
    before = items(page)
    feed.tell("alert", an_alert(camera_id))
    feed.tell("alert", an_alert(camera_id))
    expect(page.get_by_role("button", name="2 new")).to_be_visible()
    assert items(page) == before
    page.mouse.move(300, 400)
    expect(page.locator("#feed-list > li")).to_have_count(3)


def test_a_late_alert_takes_its_place(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    for seconds in (10, 1000):
        site.add_alert(camera_id, seconds)
    site.log_in(page)
    late = an_alert(camera_id, 725, delayed_s=725, closed_at="2026-01-01T00:00:00Z")
    feed.tell("alert", late)
    expect(page.locator("#feed-list > li")).to_have_count(3)
    assert items(page)[1] == late["id"]
    expect(page.locator("#feed-list > li").nth(1)).to_contain_text("delayed 12 min")


def test_a_lost_socket_asks_for_what_it_missed(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.log_in(page)
    first, second = an_alert(camera_id, 5), an_alert(camera_id)
    feed.tell("alert", first, "41")
    expect(page.locator("#feed-list > li")).to_have_count(1)
    feed.lose(page)
    assert feed.urls[-1].endswith("?after=41")
    for alert in (first, second):
        feed.tell("alert", alert, "42")
    expect(page.locator("#feed-list > li")).to_have_count(2)
    assert items(page) == [second["id"], first["id"]]


def test_a_hub_that_fell_silent_is_noticed(site: Site, page: Page, feed: FakeFeed) -> None:
    page.clock.install()
    site.log_in(page)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "open")
    page.route("**/healthz", lambda route: route.abort())
    page.route("**/api/auth/me", lambda route: route.abort())
    page.clock.run_for(60_000)
    expect(page.get_by_text("No live updates")).to_be_visible()
    page.unroute("**/api/auth/me")
    page.clock.run_for(20_000)
    expect(page.get_by_text("No live updates")).to_be_hidden()


def test_older_ones_come_on_scrolling(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    ids = [str(site.add_alert(camera_id, 60 * number)) for number in range(310)]
    site.log_in(page)
    while len(shown := items(page)) < 310:  # the pytest timeout bounds the wait
        page.locator("#feed-scroll").evaluate("element => { element.scrollTop = 1e9; }")
    assert shown == ids
    expect(page.locator("#feed-more")).to_be_hidden()


def test_hostile_names_stay_text(site: Site, page: Page, feed: FakeFeed) -> None:
    name = "<img src=x onerror=\"document.title='owned'\">"
    camera_id = site.add_camera(name, location=name)
    site.log_in(page)
    feed.tell("alert", an_alert(camera_id))
    expect(page.locator("#feed-list > li strong")).to_have_text(name)
    expect(page.locator(".tile h2")).to_have_text(name)
    assert page.title() == "Live · Watchpost"


def test_a_change_of_an_old_alert_is_no_visit(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    ids = [str(site.add_alert(camera_id, 60 * number)) for number in range(40)]
    site.let_in(page)
    page.goto(site.url)
    assert items(page) == ids[:30]
    hide(page)
    late = str(site.add_alert(camera_id, 60 * 35 + 30, received_at=datetime.now(UTC)))
    stored = page.request.get(f"{site.url}/api/alerts?limit=200").json()["items"]
    for alert in stored:
        if alert["id"] != late:
            feed.tell("alert", {**alert, "acknowledged_by": "bert"})
            feed.tell("alert", {**alert, "faces": 2})
    expect(page.locator("#feed-list > li").first).to_contain_text("2 faces")
    expect(page).to_have_title("Live · Watchpost")
    for _ in range(2):  # told twice is one
        feed.tell("alert", next(alert for alert in stored if alert["id"] == late))
    expect(page).to_have_title("(1) Live · Watchpost")
    feed.tell("alert", an_alert(camera_id, acknowledged_by="bert"))
    expect(page.locator("#feed-list > li")).to_have_count(31)
    expect(page).to_have_title("(1) Live · Watchpost")
    assert items(page)[1:] == ids[:30]
    look_at(page)
    page.locator("#feed-scroll").evaluate("element => { element.scrollTop = 1e9; }")
    expect(page.locator("#feed-list > li")).to_have_count(42)
    assert items(page)[1:] == [*ids[:36], late, *ids[36:]]
