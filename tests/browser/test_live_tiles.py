"""The tiles of the live page in a real Chromium: how they stand, what they show and say, and who plays."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from dashboard_site import FakeFeed, Site, a_jpeg, an_alert, with_moving_pictures
from patience import wait_until
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]
CASES = json.loads((Path(__file__).parent.parent / "hub/dashboard/camera_faces.json").read_text())
FLOATING = """
HTMLVideoElement.prototype.requestPictureInPicture = async function () { window.floating = this; };
"""
"""A browser without windows has nothing to float over."""
FIRST_ROW = """() => {
  const tops = [...document.querySelectorAll(".tile")].map((tile) => tile.offsetTop);
  return tops.filter((top) => top === tops[0]).length;
}"""


# --- what they say


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


def test_a_tile_says_since_when_and_that_its_picture_stands(site: Site, page: Page, feed: FakeFeed) -> None:
    ids = {name: site.add_camera(name) for name in ("Door", "Yard")}
    site.let_in(page)
    page.goto(site.url)
    door, yard = (page.get_by_role("article", name=name) for name in ids)
    expect(door).to_have_attribute("data-picture", "live")
    page.evaluate("players[0].onState('frozen', '')")
    expect(door.locator(".chip").first).to_have_text("Frozen")
    expect(door).to_contain_text("No new picture; joining again")
    camera = page.request.get(f"{site.url}/api/cameras/{ids['Yard']}").json()
    status = {"state": "offline", "since": "2026-01-02T12:00:00Z", "reason": "connection refused"}
    feed.tell("camera", {**camera, "status": status})
    expect(yard).to_contain_text(re.compile(r"Offline since .*2 Jan.*, \d\d:\d\d"))
    expect(yard).to_contain_text("connection refused")


def test_the_latest_picture_and_its_age_where_nobody_streams(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("Garage", pin="stop", pinned_by="bert")
    site.add_alert(camera_id, 150, **site.keep_picture(a_jpeg()))
    site.let_in(page)
    page.goto(site.url)
    tile = page.get_by_role("article", name="Garage")
    expect(tile.locator(".tile-age")).to_have_text("2 min ago")
    still = tile.locator(".tile-still")
    expect(still).to_be_visible()
    wait_until(page, "image => image.complete && image.naturalWidth === 320", still.element_handle())


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


def test_a_camera_that_went_while_the_page_was_away_goes(site: Site, page: Page, feed: FakeFeed) -> None:
    """The large one, which has the keyboard: the next takes its place, and the address says so."""
    ids = {name: site.add_camera(name) for name in "ABC"}
    site.let_in(page)
    page.goto(f"{site.url}/?camera={ids['B']}")
    there = [page.request.get(f"{site.url}/api/cameras/{ids[name]}").json() for name in "AC"]
    names = page.locator(".tile h2")
    expect(page.locator('.tile[data-picture="live"]')).to_have_count(3)
    page.get_by_role("article", name="B").focus()
    feed.lose(page)
    expect(names).to_have_count(3)
    feed.tell_all(*there)
    expect(names).to_have_text(["A", "C"])
    expect(page.locator("#live-summary")).to_contain_text("2 cameras")
    expect(page.get_by_role("article", name="A")).to_have_attribute("data-focus", "")
    expect(page.get_by_role("article", name="C")).to_be_focused()
    expect(page).to_have_url(f"{site.url}/?camera={ids['A']}")
    expect(page.locator('.tile[data-picture="live"]')).to_have_count(2)
    site.clear()
    feed.lose(page)
    feed.tell_all()
    expect(page.get_by_role("heading", name="No cameras yet")).to_be_visible()


def test_the_list_of_cameras_follows_what_came_and_went_meanwhile(site: Site, page: Page, feed: FakeFeed) -> None:
    ids = {name: site.add_camera(name) for name in "AB"}
    site.let_in(page)
    page.goto(f"{site.url}/cameras")
    rows = page.locator(".camera-row h2")
    expect(rows).to_have_text(["A", "B"])
    kept = page.request.get(f"{site.url}/api/cameras/{ids['A']}").json()
    feed.lose(page)
    feed.tell_all(kept)
    expect(rows).to_have_text(["A"])
    fresh = site.add_camera("C")
    feed.tell("camera", page.request.get(f"{site.url}/api/cameras/{fresh}").json())
    expect(page.get_by_role("link", name="C", exact=True)).to_be_visible()


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


def test_each_layout_has_as_many_in_a_row_as_it_says(site: Site, page: Page, feed: FakeFeed) -> None:
    for number in range(9):
        site.add_camera(f"Camera {number}")
    site.let_in(page)
    page.goto(site.url)
    for name, wanted in (("One a row", 1), ("Two a row", 2), ("Three a row", 3)):
        page.get_by_role("button", name=name).click()
        assert page.evaluate(FIRST_ROW) == wanted
    expect(page.locator('.tile[data-picture="live"]')).to_have_count(9)
    page.reload()
    assert page.evaluate(FIRST_ROW) == 3
    page.get_by_role("button", name="Fit", exact=True).click()
    for tile in page.locator(".tile").all():
        expect(tile).to_be_in_viewport(ratio=0.99)
    page.get_by_role("button", name="Focus one").click()
    expect(page.locator(".tile[data-focus]")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/\?camera=\d+$"))


def chosen(page: Page, tile: Locator, name: str) -> None:
    """One entry of a tile's menu."""
    tile.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name=name).click()


def test_one_tile_fills_the_screen_or_floats(site: Site, page: Page, feed: FakeFeed) -> None:
    site.add_camera("A")
    page.add_init_script(FLOATING)
    site.let_in(page)
    page.goto(site.url)
    tile = page.get_by_role("article", name="A")
    expect(tile).to_have_attribute("data-picture", "live")
    chosen(page, tile, "Full screen")
    wait_until(page, "document.fullscreenElement?.matches('.tile')")
    page.evaluate("document.exitFullscreen()")
    wait_until(page, "!document.fullscreenElement")
    chosen(page, tile, "Picture in picture")
    wait_until(page, "window.floating?.matches('.tile-video')")


def test_who_asked_for_less_motion_gets_a_glow_that_stands(site: Site, chromium: Browser) -> None:
    camera_id = site.add_camera("A")
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    with_moving_pictures(page)
    feed = FakeFeed(page)
    site.let_in(page)
    page.goto(site.url)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "open")
    feed.tell("alert", an_alert(camera_id))
    expect(page.locator(".tile")).to_have_attribute("data-face", "")
    glow = "getComputedStyle(document.querySelector('.tile'), '::before')"
    assert page.evaluate(f"[{glow}.animationName, {glow}.animationDuration, {glow}.animationIterationCount]") == [
        "glow",
        "0.001s",
        "1",
    ]
    running = "document.getAnimations().filter((animation) => animation.playState === 'running').length"
    wait_until(page, f"{running} === 0")
    context.close()


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


def test_many_that_change_together_are_given_their_places_once(site: Site, page: Page, feed: FakeFeed) -> None:
    for number in range(20):
        site.add_camera(f"Camera {number:02}")
    site.let_in(page)
    page.goto(site.url)
    expect(page.locator('.tile[data-picture="live"]').first).to_be_visible()
    script = page.locator("link[rel=modulepreload][href$='/js/grid.js']").first.get_attribute("href")
    page.evaluate(
        "async script => { const { Grid } = await import(script); const { allot } = Grid.prototype; window.times = 0;"
        " Grid.prototype.allot = function () { window.times += 1; allot.call(this); }; }",
        script,
    )
    cameras = page.request.get(f"{site.url}/api/cameras").json()["items"]
    for camera in cameras:
        feed.tell("camera", {**camera, "name": camera["name"].replace("Camera", "Door")})
    expect(page.get_by_role("article", name="Door 19")).to_be_visible()
    wait_until(page, "window.times > 0")
    assert page.evaluate("window.times") < len(cameras) / 2
