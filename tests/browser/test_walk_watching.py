"""A walk through what people look at, against a running demo with a real device: live video, alerts, the overview."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from demo_pages import expect_video, log_in, tile_of, width
from demo_process import RunningDemo
from patience import wait_until
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.walk, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.usefixtures("no_errors")]
FRONT, GARDEN = "Front door", "Garden gate"
STREAM = "tile => tile.querySelector('video').srcObject.id"
WHOLE_SCREEN = (
    "() => document.fullscreenElement?.matches('.tile') && document.fullscreenElement.clientWidth === innerWidth"
)
LOADED = "() => [...document.querySelectorAll('.shot img')].every(image => image.complete && image.naturalWidth > 0)"
"""For pictures that are all in view: others load late."""


def names(page: Page) -> Locator:
    return page.locator(".tile h2")


def choose(page: Page, camera: str, name: str) -> None:
    """One entry of a tile's menu."""
    page.get_by_role("button", name=f"More for {camera}").click()
    page.get_by_role("menuitem", name=name).click()


def shown(page: Page, items: str) -> list[str]:
    ids: list[str] = page.locator(items).evaluate_all("items => items.map(item => item.dataset.alert)")
    return ids


# --- live


def test_the_video_goes_on_however_tiles_are_arranged(demo: RunningDemo, page: Page) -> None:
    """Layouts, one large, floating, the whole screen, another order: always the same stream; a reload keeps all."""
    log_in(page, demo)
    front, garden = tile_of(page, FRONT), tile_of(page, GARDEN)
    for camera in (FRONT, GARDEN):
        expect_video(page, camera)
    streams = [tile.evaluate(STREAM) for tile in (front, garden)]
    page.get_by_role("button", name="One a row").click()
    whole = width(front)
    page.get_by_role("button", name="Two a row").click()
    assert whole > 1.9 * width(front)
    front.drag_to(garden)
    expect(names(page)).to_have_text([GARDEN, FRONT])
    front.locator(".tile-name").dblclick()
    expect(front).to_have_attribute("data-focus", "")
    assert width(front) > 2 * width(garden)
    for camera in (FRONT, GARDEN):
        expect_video(page, camera)
    choose(page, FRONT, "Picture in picture")
    wait_until(page, "document.pictureInPictureElement?.matches('[data-focus] video')")
    expect_video(page, FRONT)
    choose(page, FRONT, "Picture in picture")
    wait_until(page, "!document.pictureInPictureElement")
    choose(page, FRONT, "Full screen")
    wait_until(page, WHOLE_SCREEN)
    expect_video(page, FRONT)
    page.evaluate("document.exitFullscreen()")
    assert [tile.evaluate(STREAM) for tile in (front, garden)] == streams
    page.reload()
    expect(front).to_have_attribute("data-focus", "")
    expect(names(page)).to_have_text([GARDEN, FRONT])
    for camera in (FRONT, GARDEN):
        expect_video(page, camera)


def test_who_comes_glows_and_is_shown_large(demo: RunningDemo, page: Page) -> None:
    """A real face: its tile is the large one, glows and says so, and so does its item of the feed."""
    log_in(page, demo)
    page.get_by_role("button", name="Follow faces").click()
    here = page.locator(".tile[data-focus][data-face]")
    expect(here).to_be_visible(timeout=60_000)
    camera = str(here.get_attribute("aria-label"))
    expect(here.locator('[data-slot="face"]')).to_have_text("Face")
    assert here.evaluate("tile => getComputedStyle(tile, '::before').animationName") == "glow"
    expect(page.locator("#feed-list > li", has_text=camera).first.locator('[data-slot="now"]')).to_be_visible()
    expect_video(page, camera)


def test_a_picture_that_stands_and_a_hub_that_restarts(demo: RunningDemo, page: Page) -> None:
    """A device that hangs: Frozen, then live again. The hub gone: video goes on, the feed does not jump."""
    log_in(page, demo)
    expect_video(page, FRONT)
    with demo.held("watchpost-edge run"):
        expect(tile_of(page, FRONT).locator('[data-slot="label"]')).to_have_text("Frozen", timeout=30_000)
    for camera in (FRONT, GARDEN):
        expect_video(page, camera)
    page.locator("#feed-list > li").first.hover()
    before = shown(page, "#feed-list > li")
    demo.kill("watchpost-hub serve")
    expect_video(page, FRONT, 30)
    fresh = page.get_by_role("button", name=re.compile(r"\d+ new"))
    expect(fresh).to_be_visible(timeout=90_000)
    assert shown(page, "#feed-list > li") == before
    page.mouse.move(400, 500)
    expect(fresh).to_be_hidden()
    after = shown(page, "#feed-list > li")
    assert after[-len(before) :] == before
    assert len(set(after)) == len(after) > len(before)
    expect_video(page, FRONT)


# --- alerts


def test_alerts_are_found_walked_acknowledged_and_taken_away(demo: RunningDemo, page: Page) -> None:
    """With the hub's ears shut for a while, so that the list stands still; then they open, and who came is there."""
    cameras = {camera["name"]: camera["id"] for camera in demo.call("GET", "/api/cameras")["items"]}
    wait_for_some(demo, page, set(cameras.values()))
    log_in(page, demo)
    with demo.held("watchpost-hub ingest"):
        walk_alerts(demo, page, cameras)
        page.goto(f"{demo.url}/alerts")
        page.locator(".shot").first.hover()
        before = shown(page, ".shot")
    fresh = page.get_by_role("button", name=re.compile(r"\d+ new"))
    expect(fresh).to_be_visible(timeout=90_000)
    assert shown(page, ".shot") == before
    fresh.click()
    wait_until(page, "count => document.querySelectorAll('.shot').length > count", len(before))
    assert shown(page, ".shot")[-len(before) :] == before


def wait_for_some(demo: RunningDemo, page: Page, cameras: set[int]) -> None:
    """Until each camera has had somebody, and there are three; the pytest timeout bounds the wait."""
    while len(alerts := demo.alerts()) < 3 or {alert["camera_id"] for alert in alerts} != cameras:
        page.wait_for_timeout(300)


def walk_alerts(demo: RunningDemo, page: Page, cameras: dict[str, int]) -> None:
    alerts = demo.alerts()
    ids = [alert["id"] for alert in alerts]
    camera = next(name for name, number in cameras.items() if number == alerts[1]["camera_id"])
    theirs = [alert for alert in alerts if alert["camera_id"] == cameras[camera]]
    page.goto(f"{demo.url}/alerts")
    assert shown(page, ".shot") == ids
    if len(ids) < 9:
        wait_until(page, LOADED)
    crop, frame = (page.locator(f".shot .shot-{part}").first for part in ("crop", "frame"))
    natural = "image => image.naturalWidth"
    assert 0 < crop.evaluate(natural) < frame.evaluate(natural)

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/alerts/{ids[0]}*")
    wait_until(page, "document.getElementById('picture').naturalWidth > 300 && document.querySelector('.overlay')")
    page.wait_for_load_state("load")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/alerts/{ids[1]}*")
    page.get_by_label("Note").fill("The postman")
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator("#acknowledgement")).to_contain_text("The postman")
    assert demo.call("GET", f"/api/alerts/{ids[1]}")["acknowledged_by"] == demo.ready["username"]
    other = page.locator(".alert-neighbours .strip a").first
    expect(other).not_to_contain_text(camera)
    other.click()
    page.wait_for_url(lambda url: url.rpartition("/")[2] in ids and ids[1] not in url)
    page.go_back()
    page.wait_for_url(f"**/alerts/{ids[1]}*")

    page.goto(f"{demo.url}/alerts")
    page.get_by_label("Camera", exact=True).select_option(camera)
    expect(page.locator(".shot")).to_have_count(len(theirs))
    page.get_by_role("button", name="Export").click()
    exported: list[list[dict[str, Any]]] = []
    for name, read in (("CSV", lambda text: list(csv.DictReader(text.splitlines()))), ("JSON", json.loads)):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        exported.append(read(Path(download.value.path()).read_text()))
    for rows in exported:
        assert [row["id"] for row in rows] == [alert["id"] for alert in theirs]
        assert [row["note"] for row in rows if row["id"] == ids[1]] == ["The postman"]

    plot = page.locator("#timeline-plot").bounding_box()
    assert plot
    page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + 20)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] - 2, plot["y"] + 20, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("since="))
    assert shown(page, ".shot") == [alert["id"] for alert in theirs]


# --- the overview


def test_the_overview_says_what_the_hub_knows(demo: RunningDemo, page: Page) -> None:
    """People per hour and by camera, the room on the disk, and a camera's trouble as it comes and goes."""
    wait_for_some(demo, page, {camera["id"] for camera in demo.call("GET", "/api/cameras")["items"]})
    log_in(page, demo)
    page.goto(f"{demo.url}/overview?range=day")
    agreed = lambda: visits_shown(page) == [str(len(demo.alerts()))] * 3  # noqa: E731
    while not agreed():  # one came between the looks; the pytest timeout bounds the wait
        page.wait_for_timeout(500)

    camera = {"name": "Nowhere", "source_url": "rtsp://127.0.0.1:1/x"}
    made = demo.call("POST", "/api/cameras", camera)
    attention, trouble = page.locator("#attention"), re.compile("Nowhere.*connection refused", re.DOTALL)
    expect(attention).to_contain_text(trouble, timeout=60_000)
    demo.fetch("DELETE", f"/api/cameras/{made['id']}")
    expect(attention).not_to_contain_text("Nowhere", timeout=30_000)

    while room_shown(page) != room_told(demo):  # the disk is another's too
        page.wait_for_timeout(500)
        page.reload()


def visits_shown(page: Page) -> list[str]:
    """How many visits there were: as a number, over time, and by camera."""
    number = page.locator("#numbers .stat-value").first.inner_text()
    plot = page.locator("#timeline-plot").bounding_box()
    assert plot
    over_time = 0
    for hour in range(2):  # the demo may be older than the hour
        page.mouse.move(plot["x"] + plot["width"] * (1 - (hour + 0.5) / 25), plot["y"] + 30)
        told = re.search(r": (\d+) alert", page.locator(".timeline-tip").inner_text())
        assert told
        over_time += int(told[1])
    by_camera = sum(int(count) for count in page.locator("#ranks .rank > .num").all_inner_texts())
    return [number, str(over_time), str(by_camera)]


def room_shown(page: Page) -> tuple[str, str | None]:
    meter = page.locator("#system .meter")
    return meter.locator(".num").inner_text(), meter.get_by_role("img").get_attribute("aria-label")


def room_told(demo: RunningDemo) -> tuple[str, str]:
    disk = demo.call("GET", "/api/system")["disk"]
    free, total = disk["free_bytes"], disk["total_bytes"]
    return f"{free / 1e9:.1f} GB of {total / 1e9:.1f} GB free", f"{round(100 * (1 - free / total))} % used"
