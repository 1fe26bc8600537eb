"""One frame's whole way: a face before a camera, its box in a real browser's moving video, its alert in the feed."""

import json
import re
from base64 import b64decode
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from demo_pages import log_in
from demo_process import RunningDemo
from numpy.typing import NDArray
from patience import wait_until
from playwright.sync_api import Page, expect

from edge.cli import main

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

BOX_RGB = (0, 230, 118)
GRAB = """video => {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  return canvas.toDataURL('image/png');
}"""


def picture_of(page: Page, camera: str) -> NDArray[np.uint8]:
    """What the browser shows of one camera right now, (H, W, 3) RGB."""
    video = page.locator(f'.tile[aria-label="{camera}"] video')
    data = b64decode(video.evaluate(GRAB).partition(",")[2])
    return decoded(data)


def decoded(data: bytes) -> NDArray[np.uint8]:
    """A PNG or JPEG as (H, W, 3) RGB."""
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def box_in(picture: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """The bounding rectangle of the pixels that have the box colour, as x, y, w, h."""
    near = np.abs(picture.astype(int) - BOX_RGB).max(axis=2) < 48
    if near.sum() < 60:
        return None
    x, y, w, h = cv2.boundingRect(near.astype(np.uint8))
    return x, y, w, h


def faces_in(picture: NDArray[np.uint8], folder: Path) -> list[list[float]]:
    """Faces that the detector finds in a picture."""
    path = folder / "picture.png"
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    result = CliRunner().invoke(main, ["detect", "--json", str(path)])
    assert result.exit_code == 0, result.output
    return [face["box"] for face in json.loads(result.output.splitlines()[0])["faces"]]


def centre_inside(face: list[float], box: tuple[float, float, float, float]) -> bool:
    x, y = face[0] + face[2] / 2, face[1] + face[3] / 2
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


def test_a_face_reaches_the_browser(demo: RunningDemo, page: Page, tmp_path: Path) -> None:
    """The tile's video moves, and holds a box in the box colour around a face."""
    log_in(page, demo)
    tile = page.locator('.tile[aria-label="Front door"]')
    expect(tile).to_have_attribute("data-picture", "live", timeout=30_000)
    first = picture_of(page, "Front door")
    seen: tuple[NDArray[np.uint8], tuple[int, int, int, int]] | None = None
    for _ in range(240):
        page.wait_for_timeout(200)
        picture = picture_of(page, "Front door")
        box = box_in(picture)
        if box and box[2] > 30 and box[3] > 30:
            seen = picture, box
            break
    assert seen, "no box in the video within 48 s"
    assert np.abs(seen[0].astype(int) - first).mean() > 0.5, "the video does not move"
    faces = faces_in(seen[0], tmp_path)
    assert any(centre_inside(face, seen[1]) for face in faces), f"the box {seen[1]} holds no face of {faces}"
    tile.get_by_role("button", name="More for Front door").click()
    page.get_by_role("menuitem", name="Latency and bit rate").click()
    expect(tile.locator(".tile-stats")).to_contain_text(re.compile(r"[1-9][\d.]* [kM]bit/s"), timeout=20_000)
    expect(tile.locator(".tile-stats")).to_contain_text(re.compile(r"\d+ ms, p95 \d+ ms"), timeout=20_000)


def test_an_alert_appears_live(demo: RunningDemo, page: Page, tmp_path: Path) -> None:
    """Without a reload, the feed gains an item whose picture shows the face in its box."""
    log_in(page, demo)
    known = {item.get_attribute("data-alert") for item in page.locator("#feed-list .feed-item").all()}
    wait_until(
        page,
        "known => [...document.querySelectorAll('#feed-list .feed-item')].some(i => !known.includes(i.dataset.alert))",
        arg=sorted(filter(None, known)),
        patience_s=60,
    )
    items = page.locator("#feed-list .feed-item").all()
    fresh = next(i for i in items if i.get_attribute("data-alert") not in known)
    alert_id = fresh.get_attribute("data-alert")
    frame = fresh.locator('img[data-slot="frame"]')
    expect(frame).to_be_visible()
    wait_until(page, "image => image.complete && image.naturalWidth > 100", frame.element_handle())

    alert = demo.call("GET", f"/api/alerts/{alert_id}")
    while alert["closed_at"] is None:  # by then it has its best shot; the pytest timeout bounds the wait
        page.wait_for_timeout(500)
        alert = demo.call("GET", f"/api/alerts/{alert_id}")
    jpeg = demo.fetch("GET", alert["snapshot_url"])
    picture = decoded(jpeg)
    x, y, w, h = alert["box"]
    assert any(centre_inside(face, (x, y, w, h)) for face in faces_in(picture, tmp_path))


def test_a_device_does_what_it_is_asked(demo: RunningDemo, page: Page) -> None:
    """A real camera tested by the real device, a picture now, the device's look at itself, and a restart."""
    log_in(page, demo)
    camera = next(item for item in demo.call("GET", "/api/cameras")["items"] if item["name"] == "Front door")
    page.goto(f"{demo.url}/cameras/new")
    for address, said in (("rtsp://127.0.0.1:1/x", "connection refused"), (camera["source_url"], "It works")):
        page.get_by_label("Address").fill(address)
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.locator("#probe-source_url")).to_contain_text(said, timeout=20_000)
    assert page.locator("#probe-source_url img").evaluate("image => image.naturalWidth") > 100

    page.goto(f"{demo.url}/devices/{camera['device_id']}")
    page.get_by_role("button", name="Self-test").click()
    green = page.locator('.checks [data-ok="yes"]')
    for part in ("models", "broker", "Front door"):
        expect(green.filter(has_text=part)).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Picture of Front door now").click()
    expect(page.get_by_role("img", name="Front door just now")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Close").click()
    before = demo.call("GET", f"/api/devices/{camera['device_id']}")["online_since"]
    page.get_by_role("button", name="Restart").click()
    page.get_by_role("dialog").get_by_role("button", name="Restart").click()
    device = demo.call("GET", f"/api/devices/{camera['device_id']}")
    while not device["online"] or device["online_since"] == before:  # the pytest timeout bounds the wait
        page.wait_for_timeout(300)
        device = demo.call("GET", f"/api/devices/{camera['device_id']}")


@pytest.mark.timeout(300)
def test_nothing_is_missed_and_nothing_doubled(demo: RunningDemo, page: Page) -> None:
    """The hub killed, the broker killed, the page's network gone: in the end the feed is what the hub has."""
    log_in(page, demo)
    expect(page.locator("#link-state")).to_have_attribute("data-state", "open", timeout=60_000)
    banner = page.locator("#link-banner")
    for name in ("watchpost-hub serve", r"^\S*mosquitto |watchpost-hub broker"):
        demo.kill(name)
        page.wait_for_timeout(4000)  # faces come meanwhile
    expect(banner).to_be_hidden(timeout=60_000)
    page.context.set_offline(True)
    expect(banner).to_be_visible(timeout=30_000)
    page.wait_for_timeout(8000)
    page.context.set_offline(False)
    expect(banner).to_be_hidden(timeout=60_000)
    tile = page.locator('.tile[aria-label="Front door"]')
    expect(tile).to_have_attribute("data-picture", "live", timeout=60_000)
    page.mouse.move(400, 500)

    def shown() -> list[str]:
        return page.locator("#feed-list > li").evaluate_all("items => items.map(item => item.dataset.alert)")

    def stored() -> list[str]:
        return [alert["id"] for alert in demo.alerts()]

    page.wait_for_timeout(3000)
    before, seen = stored(), shown()
    while before != stored() or before != shown()[: len(before)]:  # one came between the looks
        page.wait_for_timeout(500)
        before, seen = stored(), shown()
    assert len(seen) == len(set(seen))


def test_stop_and_start(demo: RunningDemo, page: Page) -> None:
    """Stop ends the stream for good, says by whom, and Start brings it back."""
    log_in(page, demo)
    tile = page.locator('.tile[aria-label="Garden gate"]')
    expect(tile).to_have_attribute("data-picture", "live", timeout=30_000)
    tile.hover()
    tile.locator('[data-do="stop"]').first.click()
    expect(tile).to_have_attribute("data-picture", "still", timeout=15_000)
    expect(tile).to_contain_text("demo")
    tile.hover()
    tile.locator('[data-slot="start"]').click()
    expect(tile).to_have_attribute("data-picture", "live", timeout=30_000)
