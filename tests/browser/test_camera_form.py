"""One camera in a real Chromium: tested by its device, areas drawn by keyboard, settings tried on past alerts."""

from datetime import UTC, datetime
from random import Random

import pytest
from dashboard_site import FakeFeed, Site, a_jpeg
from fake_device import answering
from playwright.sync_api import Page, expect

from edge.seeing.zones import counts
from edge.values import Box
from edge.wire.messages import CameraSettings
from hub.store import devices
from hub.store.models import database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]
DETAILS = {"codec": "h264", "width": 1280, "height": 720, "fps": 25.0, "first_frame_s": 0.42}


@pytest.fixture
def site(hub: Site, page: Page) -> Site:
    hub.clear()
    FakeFeed(page)
    return hub


def test_a_new_camera_is_tested_before_it_is_added(site: Site, page: Page) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/cameras/new")
    page.get_by_label("Address").fill("http://nowhere")
    page.get_by_role("button", name="Test", exact=True).click()
    result = page.locator("#probe-source_url")
    expect(result).to_have_attribute("data-state", "bad")
    page.get_by_label("Address").fill("rtsp://ann:s3cret@cam/1")
    with answering({"probe": {"picture": a_jpeg(), "details": DETAILS}}):
        page.get_by_role("button", name="Test", exact=True).click()
        expect(result).to_contain_text("Front door Pi has a picture")
    expect(result).to_contain_text("1280 \u00d7 720")
    expect(result).to_contain_text("H.264")
    expect(result).to_contain_text("25 per second")
    expect(result).to_contain_text("after 0.4 s")
    assert result.locator("img").evaluate("image => image.naturalWidth") == 320
    expect(page.locator("#zone-still")).to_be_visible()  # areas can be drawn on it at once
    expect(page.get_by_label("Address")).to_have_value("rtsp://ann:s3cret@cam/1")


def test_a_masked_address_is_tested_and_the_reason_told_with_advice(site: Site, page: Page) -> None:
    camera_id = site.add_camera("Front door")
    site.let_in(page)
    page.goto(f"{site.url}/cameras/{camera_id}")
    with answering({"probe": {"error": "wrong password"}}):
        page.get_by_role("button", name="Test", exact=True).click()
        result = page.locator("#probe-source_url")
        expect(result).to_contain_text("Front door Pi: wrong password")
        expect(result).to_contain_text("%23")
    page.get_by_label("Device").select_option("")
    expect(page.get_by_role("button", name="Test", exact=True)).to_be_disabled()
    expect(page.get_by_text("Choose the device that is to look")).to_be_visible()


def test_a_picture_now(site: Site, page: Page) -> None:
    camera_id = site.add_camera("Front door")
    site.let_in(page)
    page.goto(f"{site.url}/cameras/{camera_id}")
    expect(page.locator("#zone-still")).to_be_hidden()
    with answering({"snapshot": {"picture": a_jpeg()}}):
        page.get_by_role("button", name="Picture now").click()
        expect(page.locator("#zone-still")).to_be_visible()


def test_an_area_is_drawn_and_changed_by_keyboard_alone(site: Site, page: Page) -> None:
    camera_id = site.add_camera("Front door")
    site.let_in(page)
    page.goto(f"{site.url}/cameras/{camera_id}")
    page.get_by_role("button", name="Include area").press("Enter")
    expect(page.locator("#zone-canvas")).to_be_focused()
    for keys in (["Space"], ["Shift+ArrowRight"] * 4 + ["Space"], ["Shift+ArrowDown"] * 4 + ["Space"]):
        for key in keys:
            page.keyboard.press(key)
    expect(page.locator("#zone-help")).to_contain_text("3 corners; the cross is 70 % from the left, 70 % from the top")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Corner 1")).to_be_focused()
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Corner 2, 60 % from the left, 50 % from the top")).to_be_focused()
    page.keyboard.press("Shift+ArrowUp")
    page.get_by_role("button", name="Corner 4").press("Delete")
    expect(page.locator("#zone-list li")).to_have_text(["Include area 1, 3 corners"])
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{site.url}/cameras")
    (area,) = page.request.get(f"{site.url}/api/cameras/{camera_id}").json()["settings"]["include"]
    assert area == [[0.5, 0.5], [0.6, 0.45], [0.7, 0.5]]


def test_a_corner_is_dragged_and_an_area_removed(site: Site, page: Page) -> None:
    triangle = [[0.2, 0.2], [0.6, 0.2], [0.6, 0.6]]
    camera_id = site.add_camera("Front door", settings={"exclude": [triangle]})
    site.let_in(page)
    page.goto(f"{site.url}/cameras/{camera_id}")
    page.get_by_role("button", name="Exclude area 1, 3 corners").click()
    stage = page.locator("#zone-canvas").bounding_box()
    assert stage
    at = lambda x, y: (stage["x"] + x * stage["width"], stage["y"] + y * stage["height"])  # noqa: E731
    page.mouse.move(*at(0.2, 0.2))
    page.mouse.down()
    page.mouse.move(*at(0.3, 0.4), steps=3)
    page.mouse.up()
    expect(page.get_by_role("button", name="Corner 1, 30 % from the left, 40 % from the top")).to_be_focused()
    page.get_by_role("button", name="Remove Exclude area 1").click()
    expect(page.locator("#zone-list li")).to_have_count(0)


def test_past_alerts_show_what_the_settings_would_do(site: Site, page: Page) -> None:
    camera_id = site.add_camera("Front door", width=1920, height=1080)
    for number, (score, side) in enumerate([(0.9, 100), (0.7, 100), (0.9, 30)]):
        site.add_alert(camera_id, 60 + number, score=score, box=(200, 200, side, side))
    site.let_in(page)
    page.goto(f"{site.url}/cameras/{camera_id}")
    said = page.locator("#zone-preview")
    expect(said).to_have_text("Of the latest 3 alerts 3 would still be one.")
    expect(page.locator(".zone-hit")).to_have_count(3)
    page.get_by_label("Least certainty").fill("0.8")
    page.get_by_label("Smallest face").fill("50")
    expect(said).to_have_text("Of the latest 3 alerts 1 would still be one; 1 too small, 1 too uncertain.")
    expect(page.locator(".zone-miss")).to_have_count(2)
    page.get_by_label("Alert after, s").fill("5")
    expect(said).to_contain_text("1 gone too soon")


def test_the_page_and_the_device_judge_alike(site: Site, page: Page) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/cameras/new")
    script = page.locator("link[rel=modulepreload][href$='/js/triggered.js']").first.get_attribute("href")
    random, cases = Random(5), []
    for _ in range(300):
        areas = {
            kind: [[[random.random(), random.random()] for _ in range(random.randint(3, 6))] for _ in range(count)]
            for kind, count in (("include", random.randint(0, 2)), ("exclude", random.randint(0, 1)))
        }
        x, y = random.uniform(0, 1200), random.uniform(0, 650)
        cases.append({"box": [x, y, 40.0, 40.0], "areas": areas})
    judge = """async ([script, cases]) => {
      const { verdict } = await import(script);
      const rest = { min_face_px: 8, min_score: 0, dwell_s: 0 };
      const size = { width: 1280, height: 720 };
      return cases.map(({ box, areas }) => verdict({ box, score: 1, closed_at: null }, { ...rest, ...areas }, size));
    }"""
    said = page.evaluate(judge, [script, cases])
    for case, why in zip(cases, said, strict=True):
        settings = CameraSettings(**{kind: tuple(map(tuple, area)) for kind, area in case["areas"].items()})
        assert counts(Box(*case["box"]), 1280, 720, settings) == (why == ""), case


def test_saving_changes_what_was_touched_and_nothing_else(site: Site, page: Page) -> None:
    settings = {"min_face_px": 1000, "min_score": 0.605, "rearm_s": 33.25}
    with database.connection_context():
        devices.insert({"id": "old", "name": "Old Pi", "state": "revoked", "created_at": datetime.now(UTC)})
    camera_id = site.add_camera("Front door", device="old", settings=settings)
    site.let_in(page)
    before = page.request.get(f"{site.url}/api/cameras/{camera_id}").json()
    page.goto(f"{site.url}/cameras/{camera_id}")
    expect(page.get_by_label("Device").locator("option:checked")).to_have_text("Old Pi (revoked)")
    expect(page.get_by_label("Smallest face")).to_have_value("1000")
    page.get_by_label("Name").fill("Back door")
    page.get_by_label("Alert after, s").fill("5")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{site.url}/cameras")
    after = page.request.get(f"{site.url}/api/cameras/{camera_id}").json()
    assert after == {
        **before,
        "name": "Back door",
        "settings": {**before["settings"], "dwell_s": 5},
        "status": after["status"],
    }


def test_how_boxes_are_shown_is_chosen(site: Site, page: Page) -> None:
    camera_id = site.add_camera("Front door")
    site.let_in(page)
    page.goto(f"{site.url}/cameras/{camera_id}")
    page.get_by_text("Laid over", exact=True).click()
    page.get_by_label("Second stream for looking").fill("rtsp://cam/low")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{site.url}/cameras")
    settings = page.request.get(f"{site.url}/api/cameras/{camera_id}").json()["settings"]
    assert (settings["boxes"], settings["detect_url"]) == ("overlay", "rtsp://cam/low")
