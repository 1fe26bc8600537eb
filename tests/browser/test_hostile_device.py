"""A device of ours that turned hostile: whatever it says of itself is text on every page, and no picture is a page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from dashboard_site import Site, running_site, with_moving_pictures
from playwright.sync_api import Page

from edge.wire.messages import CameraHealth, CameraReported, CameraState, Health, Reported, Status, StreamState
from hub.fleet.reported import apply_health, apply_reported, apply_status
from hub.store import devices
from hub.store.models import database
from hub.store.segments import SegmentFiles

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

SCRIPTS = (
    "<script>window.pwned = 1</script>",
    "\"><img src=x onerror='window.pwned = 1'>",
    "</title><svg onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "';window.pwned=1;'",
    "${window.pwned=1}{{window.pwned=1}}",
)
HOSTILE = " ".join(SCRIPTS)
PAGES = ("/", "/alerts", "/cameras", "/cameras/{camera}", "/devices", "/devices/pi", "/overview", "/audit", "/setup")
PICTURES = (
    b"<html><script>window.pwned = 1</script>",
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
    b"GIF89a",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def camera(site: Site) -> int:
    """A camera, its device and people's words about both, all hostile."""
    camera_id = site.add_camera(HOSTILE[:120], location=HOSTILE[:200])
    now = datetime.now(UTC)
    with database.connection_context():
        devices.update("pi", {"name": HOSTILE[:120]})
        seen = CameraReported(
            str(camera_id), CameraState.OFFLINE, now, HOSTILE, StreamState.FAILED, 640, 480, 25.0, SCRIPTS[1]
        )
        assert apply_reported("pi", Reported(10**6, SCRIPTS[0], (seen,)))
        assert apply_status("pi", Status(True, now, SCRIPTS[0]))
        health = Health(
            now, 1.0, 1.0, 1.0, 1, 1.0, 1.0, trouble=HOSTILE, cameras=(CameraHealth(SCRIPTS[2][:9], 1, 1, 1),)
        )
        assert apply_health("pi", health, now)
    return camera_id


@pytest.mark.parametrize("path", PAGES)
def test_nothing_that_a_device_says_is_run(site: Site, page: Page, camera: int, path: str) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    with_moving_pictures(page)
    site.let_in(page)
    answer = page.goto(site.url + path.format(camera=camera))
    assert answer is not None
    assert answer.status == 200
    page.wait_for_load_state("load")
    assert page.evaluate("window.pwned === undefined")
    assert page.locator("svg[onload], img[onerror], a[href^=javascript]").count() == 0
    assert dialogs == []


def test_pages_show_what_was_said_as_text(site: Site, page: Page, camera: int) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/devices/pi")
    assert SCRIPTS[0] in page.inner_text("body")


@pytest.mark.parametrize("content", PICTURES)
def test_a_picture_that_is_none_is_never_a_page(site: Site, page: Page, camera: int, content: bytes) -> None:
    (place,) = SegmentFiles(site.app.extensions["watchpost"].settings.data_dir / "pictures").writer().append([content])
    alert = site.add_alert(camera, place=place, picture_sha256=sha256(content).digest())
    site.let_in(page)
    answer = page.goto(f"{site.url}/api/alerts/{alert}/snapshot")
    assert answer is not None
    assert answer.status < 500
    if answer.status == 200:
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src" in answer.headers["content-security-policy"]
    assert page.evaluate("window.pwned === undefined")
    assert page.request.get(f"{site.url}/api/alerts/{alert}/snapshot?crop=1").status < 500


def test_a_visit_of_the_far_future_does_not_hide_those_of_today(site: Site, page: Page, camera: int) -> None:
    today = site.add_alert(camera)
    future = datetime(9998, 12, 31, tzinfo=UTC)
    site.add_alert(camera, (datetime.now(UTC) - future) / timedelta(seconds=1))
    site.let_in(page)
    page.goto(f"{site.url}/alerts")
    assert page.request.get(f"{site.url}/api/alerts").ok
    assert page.locator(f"[href*='{today}'], [data-id='{today}'], [data-alert-id='{today}']").count() > 0
