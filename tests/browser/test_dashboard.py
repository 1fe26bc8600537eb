"""The dashboard in a real Chromium: each flow as a person goes through it, against the real pages and API."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from dashboard_site import PASSWORD, FakeFeed, Site, an_alert, with_moving_pictures
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]
CASES = json.loads((Path(__file__).parent.parent / "hub/dashboard/camera_faces.json").read_text())


def items(page: Page) -> list[str]:
    ids: list[str] = page.locator("#feed-list > li").evaluate_all("items => items.map(item => item.dataset.alert)")
    return ids


# --- signing in


def test_signing_in_and_out(site: Site, page: Page, feed: FakeFeed) -> None:
    page.goto(f"{site.url}/alerts?camera_id=3")
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("User name or password is wrong.")
    expect(page.get_by_label("User name")).to_have_value("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/alerts?camera_id=3")
    page.get_by_role("button", name="You").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site.url}/login")
    page.goto(f"{site.url}/cameras")
    expect(page).to_have_url(f"{site.url}/login?next=%2Fcameras")


def test_a_session_goes_on_after_its_access_token_ended(site: Site, page: Page, feed: FakeFeed) -> None:
    site.log_in(page)
    page.context.clear_cookies(name=re.compile("^access_token_cookie"))
    page.goto(f"{site.url}/cameras")
    expect(page.get_by_role("heading", name="Cameras", exact=True)).to_be_visible()


def test_lists_without_scripts(site: Site, chromium: Browser) -> None:
    door = site.add_camera("Front door", location="House")
    site.add_alert(door, 30)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    site.log_in(page, "carla")
    expect(page.get_by_role("article", name="Front door")).to_be_visible()
    for path, text in (
        ("/alerts", "Front door"),
        ("/cameras", "House"),
        ("/devices", "Front door Pi"),
        ("/overview", "visits in 24 hours"),
    ):
        page.goto(site.url + path)
        expect(page.get_by_role("main")).to_contain_text(text)
    page.goto(f"{site.url}/alerts")
    page.locator(".shot-link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Front door")
    context.close()


# --- live


def test_tiles_play_and_tell_their_state(site: Site, page: Page, feed: FakeFeed) -> None:
    site.add_camera("Front door")
    site.add_camera("Garage", pin="stop", pinned_by="bert")
    site.add_camera("Corridor", state="offline", state_reason="connection refused")
    site.log_in(page)
    front, garage, corridor = (page.get_by_role("article", name=name) for name in ("Front door", "Garage", "Corridor"))
    expect(front).to_have_attribute("data-picture", "live")
    expect(garage).to_contain_text("Stopped by bert")
    expect(garage).to_have_attribute("data-picture", "still")
    expect(corridor).to_contain_text("connection refused")
    expect(page.locator("#live-summary")).to_have_text("3 cameras · 1 playing · 1 needs attention")


def test_stop_and_start(site: Site, page: Page, feed: FakeFeed) -> None:
    site.add_camera("Front door")
    site.log_in(page)
    tile = page.get_by_role("article", name="Front door")
    expect(tile).to_have_attribute("data-picture", "live")
    tile.get_by_role("button", name="Stop Front door").click()
    expect(tile).to_contain_text("Stopped by anna")
    expect(tile).to_have_attribute("data-picture", "still")
    expect(tile.locator(".tile-still")).to_have_attribute("src", re.compile("^blob:"))
    expect(tile.locator(".tile-age")).to_have_text(re.compile("just now|s ago"))
    page.reload()
    expect(tile).to_contain_text("Stopped by anna")
    tile.get_by_role("button", name="Start Front door").last.click()
    expect(tile).to_have_attribute("data-picture", "live")


def test_viewers_stop_only_their_own(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.log_in(page, "carla")
    tile = page.get_by_role("article", name="Front door")
    expect(tile).to_have_attribute("data-picture", "live")
    tile.get_by_role("button", name="Stop Front door").click()
    expect(tile).to_have_attribute("data-picture", "still")
    answer = page.request.get(f"{site.url}/api/cameras/{camera_id}")
    assert answer.json()["stream"]["pin"] is None


def test_a_tile_follows_its_camera(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.log_in(page)
    camera = page.request.get(f"{site.url}/api/cameras/{camera_id}").json()
    tile = page.locator(f'.tile[data-camera="{camera_id}"]')
    expect(tile).to_have_attribute("data-picture", "live")
    feed.tell(
        "camera", {**camera, "name": "Back door", "status": {"state": "offline", "since": None, "reason": "gone"}}
    )
    expect(tile).to_contain_text("Back door")
    expect(tile).to_contain_text("gone")
    expect(tile).to_have_attribute("data-picture", "still")
    feed.tell("camera", camera)
    expect(tile).to_have_attribute("data-picture", "live")
    device = {"id": "pi", "name": "Front door Pi", "online": False, "online_since": None}
    feed.tell("device", device)
    feed.tell("camera", {**camera, "status": {"state": "offline", "since": None, "reason": "the device is away"}})
    expect(tile).to_contain_text("Front door Pi")
    expect(tile).to_have_attribute("data-state", re.compile("pending|device-offline"))


def test_only_tiles_in_view_play_and_at_most_nine(site: Site, page: Page, feed: FakeFeed) -> None:
    for number in range(24):
        site.add_camera(f"Camera {number:02}")
    page.set_viewport_size({"width": 1600, "height": 900})
    site.log_in(page)
    page.get_by_role("button", name="Three a row").click()
    playing, tiles = page.locator('.tile[data-picture="live"]'), page.locator(".tile")
    expect(playing).to_have_count(9)
    page.get_by_role("button", name="Two a row").click()
    expect(tiles.first).to_have_attribute("data-picture", "live")
    tiles.last.scroll_into_view_if_needed()
    expect(tiles.last).to_have_attribute("data-picture", "live")
    expect(tiles.first).to_have_attribute("data-picture", "still", timeout=10_000)
    assert playing.count() <= 9


def test_the_order_is_remembered(site: Site, page: Page, feed: FakeFeed) -> None:
    for name in ("A", "B", "C"):
        site.add_camera(name)
    site.log_in(page)
    names = page.locator(".tile h2")
    page.get_by_role("article", name="C").get_by_role("button", name="More for C").click()
    page.get_by_role("menuitem", name="Move earlier").click()
    expect(names).to_have_text(["A", "C", "B"])
    page.get_by_role("article", name="A").drag_to(page.get_by_role("article", name="B"))
    expect(names).to_have_text(["C", "B", "A"])
    page.reload()
    expect(names).to_have_text(["C", "B", "A"])
    expect(page.locator('.tile[data-picture="live"]')).to_have_count(3)


def test_focus_goes_on_playing(site: Site, page: Page, feed: FakeFeed) -> None:
    for name in ("A", "B", "C"):
        site.add_camera(name)
    site.log_in(page)
    tile = page.get_by_role("article", name="B")
    expect(tile).to_have_attribute("data-picture", "live")
    stream = "element => element.querySelector('video').srcObject.id"
    before = tile.evaluate(stream)
    tile.locator(".tile-name").dblclick()
    expect(tile).to_have_attribute("data-focus", "")
    page.wait_for_timeout(300)
    assert tile.evaluate(stream) == before
    width = [box["width"] for name in "BA" if (box := page.get_by_role("article", name=name).bounding_box())]
    assert width[0] > 2 * width[1]


# --- the feed


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
    feed.sockets[-1].close()
    while len(feed.urls) < 2:
        page.wait_for_timeout(50)
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


# --- cameras


def test_adding_changing_and_deleting_a_camera(site: Site, page: Page, feed: FakeFeed) -> None:
    site.log_in(page)
    page.get_by_role("link", name="Add a camera").click()
    page.get_by_label("Name", exact=True).fill("Front door")
    page.get_by_label("Place").fill("House")
    page.get_by_label("Address").fill("ftp://nowhere")
    page.get_by_role("button", name="Add the camera").click()
    expect(page.locator('[data-field="source_url"] .field-error')).not_to_be_empty()
    expect(page.get_by_label("Address")).to_be_focused()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Front door")
    page.get_by_label("Address").fill("rtsp://ann:s3cret@192.168.1.20/1?key=k3y")
    page.get_by_role("button", name="Add the camera").click()
    page.wait_for_url(f"{site.url}/cameras")
    expect(page.get_by_text("rtsp://***")).to_be_visible()

    page.get_by_role("link", name="Edit Front door").click()
    expect(page.get_by_label("Address")).to_have_value(re.compile(r"rtsp://\*\*\*"))
    page.get_by_label("Least certainty").fill("0.75")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{site.url}/cameras")
    (camera,) = page.request.get(f"{site.url}/api/cameras").json()["items"]
    assert camera["settings"]["min_score"] == 0.75

    page.get_by_role("button", name="Delete Front door").click()
    dialog = page.get_by_role("dialog", name="Delete Front door?")
    expect(dialog).to_contain_text("Its alerts and their pictures stay")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-camera]")).to_have_count(1)
    page.get_by_role("button", name="Delete Front door").click()
    dialog.get_by_role("button", name="Delete the camera").click()
    expect(page.get_by_text("No cameras yet")).to_be_visible()


def test_switching_a_camera_off(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.log_in(page)
    page.goto(f"{site.url}/cameras")
    page.get_by_label("Front door enabled").uncheck()
    expect(page.locator(f'[data-camera="{camera_id}"]')).to_contain_text("Disabled")
    assert page.request.get(f"{site.url}/api/cameras/{camera_id}").json()["enabled"] is False


def test_drawing_areas(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Front door")
    site.log_in(page)
    page.goto(f"{site.url}/cameras/{camera_id}")
    page.get_by_role("button", name="Exclude area").click()
    stage = page.locator("#zone-canvas")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box
    for x, y in ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75)):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.keyboard.press("Enter")
    expect(page.locator("#zone-list li")).to_contain_text("Exclude area 1, 3 corners")
    page.get_by_role("button", name="Corner 2").press("ArrowLeft")
    page.get_by_role("button", name="Corner 2").press("ArrowLeft")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{site.url}/cameras")
    (area,) = page.request.get(f"{site.url}/api/cameras/{camera_id}").json()["settings"]["exclude"]
    for corner, wanted in zip(area, ((0.25, 0.25), (0.74, 0.25), (0.75, 0.75)), strict=True):
        assert corner == pytest.approx(wanted, abs=0.01)


# --- alerts


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


def test_a_time_is_chosen_in_the_viewers_zone_and_shared_in_everybodys(site: Site, chromium: Browser) -> None:
    camera_id = site.add_camera("One")
    for days in (0.1, 50):
        site.add_alert(camera_id, days * 86400)
    context = chromium.new_context(timezone_id="Asia/Tokyo")
    page = context.new_page()
    FakeFeed(page)
    site.log_in(page)
    page.goto(f"{site.url}/alerts")
    expect(page.locator(".shot")).to_have_count(1)
    day = (datetime.now(ZoneInfo("Asia/Tokyo")) - timedelta(days=50)).date()
    page.get_by_role("button", name="Any time").click()
    page.get_by_label("From", exact=True).fill(f"{day - timedelta(days=1)}T09:00")
    page.get_by_label("Until").fill(f"{day + timedelta(days=1)}T09:00")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url(re.compile("since="))
    assert parse_qs(urlsplit(page.url).query)["since"] == [f"{day - timedelta(days=1)}T00:00:00.000Z"]
    expect(page.locator(".shot")).to_have_count(1)
    expect(page.get_by_role("button", name="09:00 to")).to_be_visible()
    context.close()


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


def test_dragging_over_the_timeline_filters(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    now, before = site.add_alert(camera_id, 60), site.add_alert(camera_id, 12 * 3600)
    site.log_in(page)
    page.goto(f"{site.url}/alerts?range=day")
    expect(page.locator(".timeline-plot .bar")).to_have_count(2)
    box = page.locator("#timeline-plot").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("since="))
    expect(page.locator(".shot")).to_have_count(1)
    expect(page.locator(".shot")).to_have_attribute("data-alert", str(before))
    page.get_by_role("button", name="Whole range").click()
    expect(page.locator(".shot").first).to_have_attribute("data-alert", str(now))


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


def test_walking_and_acknowledging_by_keyboard(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    ids = [str(site.add_alert(camera_id, seconds)) for seconds in (10, 20, 30)]
    site.log_in(page, "bert")
    page.goto(f"{site.url}/alerts")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(f'[data-alert="{ids[1]}"]')).to_have_attribute("data-acknowledged", "")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(ids[1]))
    expect(page.locator("#acknowledgement")).to_contain_text("by bert")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(ids[2]))
    page.get_by_label("Note").fill("Postman")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#acknowledgement")).to_contain_text("Postman")
    page.wait_for_load_state()
    page.keyboard.press("Escape")
    page.wait_for_url(f"{site.url}/alerts")


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


# --- devices, users, settings


def test_a_token_is_shown_once(site: Site, page: Page, feed: FakeFeed) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/devices")
    page.get_by_role("button", name="Add a device").click()
    page.get_by_label("Name").first.fill("Garden Pi")
    page.get_by_role("button", name="Make a token").click()
    command = page.locator("#device-token code").first
    expect(command).to_contain_text(f"watchpost-edge enroll --hub {site.url} --token ")
    token = str(command.text_content()).rpartition(" ")[2]
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("Expected; its token is good until")).to_be_visible()
    assert token not in page.content()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Expected; its token")).to_have_count(0)


def test_users(site: Site, page: Page, feed: FakeFeed) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/users")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("User name").fill("dora")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Save").click()
    expect(page.locator('#user-form [data-field="password"] .field-error')).not_to_be_empty()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="dora")).to_contain_text("viewer")
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Change dora").click()
    page.get_by_label("Role").select_option("operator")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="dora")).to_contain_text("operator")
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Delete dora").click()
    page.get_by_role("button", name="Delete the user").click()
    expect(page.get_by_role("row", name="dora")).to_have_count(0)


def test_the_theme_is_there_at_the_first_paint(site: Site, page: Page, feed: FakeFeed) -> None:
    site.log_in(page)
    page.goto(f"{site.url}/settings")
    page.get_by_text("Light", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert 'data-theme="light"' in page.request.get(f"{site.url}/alerts").text()


# --- first paint and script agree


def test_the_script_says_of_a_camera_what_the_server_says(site: Site, page: Page, feed: FakeFeed) -> None:
    site.log_in(page)
    script = page.locator("link[rel=modulepreload][href$='/js/states.js']").first.get_attribute("href")
    for case in CASES:
        status = {"state": "online", "since": None, "reason": ""}
        stream = {"wanted": False, "state": "stopped", "pin": None, "pinned_by": None, **case["stream"]}
        camera: dict[str, Any] = {"enabled": True, "status": status, "stream": stream, **case["camera"]}
        device = {"id": "pi", "name": "Front door Pi", "online": True, "online_since": None}
        given = [script, camera, None if case["device"] is None else device | case["device"]]
        said = page.evaluate(
            "async ([script, camera, device]) => { const { cameraFace } = await import(script);"
            " const face = cameraFace(camera, device); return [face.state, face.tone, face.label, face.cause]; }",
            given,
        )
        assert said == case["face"], case["name"]


def test_a_phone(site: Site, chromium: Browser) -> None:
    camera_id = site.add_camera("Front door")
    site.add_alert(camera_id, 60)
    context: BrowserContext = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    with_moving_pictures(page)
    FakeFeed(page)
    site.log_in(page)
    for path in ("/", "/alerts", "/cameras", f"/cameras/{camera_id}", "/devices", "/overview", "/users", "/settings"):
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    context.close()
