"""The list of alerts in a real Chromium: filters, what is new, what is old, and files."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from dashboard_site import FakeFeed, Site, an_alert
from playwright.sync_api import Browser, Page, expect
from tabs import hide, look_at

from hub.dashboard import assets
from hub.store import alert_walks, listing
from hub.store.pictures import Place

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]


def test_filters_live_in_the_address(site: Site, page: Page, feed: FakeFeed) -> None:
    house, office = site.add_camera("One", location="House"), site.add_camera("Two", location="Office")
    site.add_alert(house, 60)
    site.add_alert(office, 120)
    site.log_in(page)
    page.goto(f"{site.url}/alerts")
    expect(page.locator(".shot")).to_have_count(2)
    page.get_by_label("Place").select_option("Office")
    page.wait_for_url(f"{site.url}/alerts?range=week&location=Office")
    expect(page.locator(".shot")).to_have_count(1)
    expect(page.locator(".shot")).to_contain_text("Two")
    page.get_by_role("link", name="Reset").click()
    expect(page.locator(".shot")).to_have_count(2)


def test_camera_score_and_seen_are_chosen_on_the_page(site: Site, page: Page, feed: FakeFeed) -> None:
    one, two = site.add_camera("One"), site.add_camera("Two")
    kept = site.add_alert(one, 60, score=0.95)
    site.add_alert(one, 90, score=0.6)
    seen = site.add_alert(one, 120, score=0.9)
    site.add_alert(two, 150, score=0.95)
    site.let_in(page)
    page.goto(f"{site.url}/alerts/{seen}")
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator("#acknowledgement")).to_contain_text("by anna")
    page.goto(f"{site.url}/alerts")
    shots = page.locator(".shot")
    expect(shots).to_have_count(4)
    page.get_by_label("Camera", exact=True).select_option("One")
    expect(shots).to_have_count(3)
    page.wait_for_load_state("load")
    page.get_by_label("Seen").select_option("Not acknowledged")
    expect(shots).to_have_count(2)
    page.wait_for_load_state("load")
    page.get_by_label("Least score").fill("0.8")
    expect(shots).to_have_count(1)
    expect(shots).to_have_attribute("data-alert", str(kept))
    asked = parse_qs(urlsplit(page.url).query)
    assert (asked["camera_id"], asked["acknowledged"], asked["min_score"]) == ([str(one)], ["false"], ["0.8"])


def test_new_ones_come_to_the_list_and_nothing_moves_under_the_pointer(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    shown = [str(site.add_alert(camera_id, seconds)) for seconds in (60, 2 * 86400)]
    site.log_in(page)
    page.goto(f"{site.url}/alerts")
    shots = page.locator(".shot")
    page.mouse.move(700, 30)
    fresh, late = an_alert(camera_id), an_alert(camera_id, 86400, delayed_s=3600)
    for alert in (fresh, late, fresh):
        feed.tell("alert", alert)
    expect(shots).to_have_count(4)
    order = [fresh["id"], shown[0], late["id"], shown[1]]
    assert [shot.get_attribute("data-alert") for shot in shots.all()] == order
    expect(page.locator(".gallery-day")).to_have_count(3)
    expect(shots.nth(2)).to_contain_text("delayed 1 h")
    expect(page.locator("#alert-count")).to_have_text("4 visits")
    shots.first.hover()
    feed.tell("alert", an_alert(camera_id))
    feed.tell("alert", an_alert(camera_id, score=0.2))
    expect(page.get_by_role("button", name="2 new")).to_be_visible()
    expect(shots).to_have_count(4)
    page.get_by_role("button", name="2 new").click()
    expect(shots).to_have_count(6)


def test_a_change_of_an_old_alert_is_not_a_new_one(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    ids = [str(site.add_alert(camera_id, 600 * number)) for number in range(80)]
    site.let_in(page)
    page.goto(f"{site.url}/alerts?range=day")
    shots, counted = page.locator(".shot"), page.locator("#alert-count")
    expect(shots).to_have_count(60)
    page.mouse.move(700, 30)
    hide(page)
    late = str(site.add_alert(camera_id, 600 * 70 + 30, received_at=datetime.now(UTC)))
    stored = page.request.get(f"{site.url}/api/alerts?limit=200").json()["items"]
    for alert in stored:
        if alert["id"] != late:
            feed.tell("alert", {**alert, "acknowledged_by": "bert"})
            feed.tell("alert", {**alert, "score": 0.5})
    expect(shots.last).to_contain_text("50 %")
    expect(counted).to_have_text("80 visits")
    for _ in range(2):  # told twice is one
        feed.tell("alert", next(alert for alert in stored if alert["id"] == late))
    expect(counted).to_have_text("81 visits")
    expect(page).to_have_title("(1) Alerts · Watchpost")
    expect(shots).to_have_count(60)
    look_at(page)
    page.keyboard.press("End")
    expect(shots).to_have_count(81)
    assert [shot.get_attribute("data-alert") for shot in shots.all()] == [*ids[:71], late, *ids[71:]]


def test_only_what_fits_the_filters_comes_to_the_list(site: Site, page: Page, feed: FakeFeed) -> None:
    one, other = site.add_camera("One"), site.add_camera("Other")
    site.add_alert(one, 60)
    site.log_in(page)
    page.goto(f"{site.url}/alerts?camera_id={one}&min_score=0.8")
    page.mouse.move(700, 30)
    for alert in (an_alert(other), an_alert(one, score=0.5), an_alert(one, score=0.95)):
        feed.tell("alert", alert)
    expect(page.locator(".shot")).to_have_count(2)
    expect(page.locator(".shot").first).to_contain_text("95 %")


@pytest.fixture
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page looks at ten alerts, as if there were millions."""
    monkeypatch.setattr(listing, "STRETCH", 5)
    monkeypatch.setattr(alert_walks, "STRETCHES", 1)


@pytest.mark.usefixtures("short_looks")
def test_rare_ones_are_looked_for_far_back(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    rare = [str(site.add_alert(camera_id, minutes * 60, score=0.99)) for minutes in (38, 39)]
    for minutes in range(38):
        site.add_alert(camera_id, minutes * 60, score=0.5)
    site.log_in(page)
    page.goto(f"{site.url}/alerts?min_score=0.9")
    shots = page.locator(".shot")
    expect(shots).to_have_count(2)
    assert [shot.get_attribute("data-alert") for shot in shots.all()] == rare
    expect(page.locator("#more")).to_have_count(0)
    page.goto(f"{site.url}/alerts?min_score=1")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    expect(page.locator("#more")).to_have_count(0)
    expect(page.locator("#alert-count")).to_have_text("0 visits")


def test_a_picture_that_is_lost_is_no_broken_one(site: Site, chromium: Browser) -> None:
    camera_id = site.add_camera("One")
    gone = {"place": Place(999, 0, 100), "picture_sha256": bytes(32)}
    alert_id = site.add_alert(camera_id, 60, **gone)
    page = chromium.new_page()  # whose console may tell of the requests that fail
    site.log_in(page)
    for path, picture in (("/", ".feed-item img"), ("/alerts", ".shot img"), (f"/alerts/{alert_id}", "#picture")):
        page.goto(site.url + path)
        expect(page.locator(picture).first).to_have_attribute("data-lost", "")
        assert not page.locator(picture).first.is_visible()
    expect(page.get_by_text("The picture cannot be read.")).to_be_visible()
    page.close()


def test_acknowledging_all_that_is_shown(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    for seconds in range(3):
        site.add_alert(camera_id, seconds)
    site.log_in(page, "bert")
    page.goto(f"{site.url}/alerts")
    page.get_by_role("button", name="Acknowledge shown").click()
    page.get_by_role("dialog", name="Acknowledge 3 visits?").get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".shot[data-acknowledged]")).to_have_count(3)
    expect(page.locator(".shot").first).to_contain_text("bert")
    expect(page.get_by_role("button", name="Acknowledge shown")).to_be_hidden()
    page.goto(f"{site.url}/alerts?acknowledged=false")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_the_keys_of_a_page(site: Site, page: Page, feed: FakeFeed) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/alerts")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Acknowledge all shown")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.type("go")
    page.wait_for_url(f"{site.url}/overview")


def test_the_whole_list_on_scrolling(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    ids = [str(site.add_alert(camera_id, 1200 * number)) for number in range(150)]
    site.log_in(page)
    page.goto(f"{site.url}/alerts")
    for _ in range(3):
        page.keyboard.press("End")
        page.wait_for_timeout(400)
    expect(page.locator(".shot")).to_have_count(150)
    assert [shot.get_attribute("data-alert") for shot in page.locator(".shot").all()] == ids
    days = page.locator(".gallery-day h2").all_text_contents()
    assert len(days) == len(set(days))


def test_a_list_left_open_over_midnight_has_each_day_once(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    now = datetime.now(UTC)
    ids = [str(site.add_alert(camera_id, 240 * number)) for number in range(80)]
    page.clock.install(time=now)
    site.let_in(page)
    page.goto(f"{site.url}/alerts")
    days = page.locator(".gallery-day h2")
    expect(days.first).to_have_text("Today")
    page.clock.set_fixed_time(now + timedelta(days=1))
    page.clock.run_for(5000)
    expect(days.first).to_have_text("Yesterday")
    page.mouse.move(700, 30)
    tomorrow = (now + timedelta(days=1)).isoformat()
    feed.tell("alert", {**an_alert(camera_id), "opened_at": tomorrow, "received_at": tomorrow})
    expect(days.first).to_have_text("Today")
    expect(page.locator(".gallery-day").nth(1)).to_have_text("Yesterday")
    page.keyboard.press("End")
    expect(page.locator(".shot")).to_have_count(81)
    texts = days.all_text_contents()
    assert len(texts) == len(set(texts))
    assert [shot.get_attribute("data-alert") for shot in page.locator(".shot").all()][1:] == ids


def test_a_list_does_not_grow_without_end(site: Site, page: Page, feed: FakeFeed) -> None:
    """Here it holds 70; what is older is behind a link."""
    camera_id = site.add_camera("One")
    ids = [str(site.add_alert(camera_id, 60 * number)) for number in range(1, 150)]
    script = (Path(assets.__file__).parent / "static/js/gallery.js").read_text().replace("MOST = 2000", "MOST = 70")
    page.route("**/js/gallery.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    site.let_in(page)
    page.goto(f"{site.url}/alerts?range=day")
    shots, older = page.locator(".shot"), page.get_by_role("link", name="Older alerts")
    for _ in range(2):
        page.evaluate("scrollTo(0, 1e9)")
        expect(shots).to_have_count(120)
    expect(older).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    page.mouse.move(700, 30)
    for seconds in (2, 1, 0):
        feed.tell("alert", an_alert(camera_id, seconds))
    expect(shots).to_have_count(70)
    assert [shot.get_attribute("data-alert") for shot in shots.all()][3:] == ids[:67]
    older.click()
    page.wait_for_url(re.compile("range=day&until="))
    expect(shots.first).to_have_attribute("data-alert", ids[66])
    feed.tell("alert", an_alert(camera_id))
    page.keyboard.press("End")
    expect(shots).to_have_count(len(ids) - 66)


def test_export(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("=cmd|' /C calc'!A0", location='a "place", here')
    site.add_alert(camera_id, 60)
    site.log_in(page)
    page.goto(f"{site.url}/alerts")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) == 2
    assert "'=cmd|' /C calc'!A0" in lines[1]
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    (item,) = json.loads(Path(download.value.path()).read_text())
    assert item["camera_id"] == camera_id
