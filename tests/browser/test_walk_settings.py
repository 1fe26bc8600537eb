"""A walk through the settings of a running demo, and through what people of other roles may see and do there."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import pytest
from demo_pages import expect_video, log_in, sign_in, tile_of
from demo_process import Api, RunningDemo
from playwright.sync_api import Browser, Page, expect
from websocket import ABNF, create_connection

from hub.store.db import open_database
from hub.store.partitions import Months
from hub.store.visits import VisitRow, store_visits

pytestmark = [pytest.mark.walk, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.usefixtures("no_errors")]
FRONT, GARDEN = "Front door", "Garden gate"
PASSWORD, NEW_PASSWORD = "correct horse battery", "a sentence that is new"
NOT_FOR_ALL = ("/users", "/audit", "/settings/storage", "/cameras/new", "/setup")


@pytest.fixture
def cameras(demo: RunningDemo) -> dict[str, int]:
    """Ids by name."""
    return {camera["name"]: camera["id"] for camera in demo.call("GET", "/api/cameras")["items"]}


@pytest.fixture
def other(chromium: Browser) -> Iterator[Page]:
    """Another browser."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def add_user(demo: RunningDemo, role: str, camera_ids: list[int] | None = None) -> dict[str, Any]:
    name = f"{role}-{token_hex(2)}"
    body = {"username": name, "password": PASSWORD, "role": role, "camera_ids": camera_ids}
    user: dict[str, Any] = demo.call("POST", "/api/users", body)
    return user


def wait_for_alerts_of(demo: RunningDemo, page: Page, *camera_ids: int) -> None:
    """The pytest timeout bounds the wait."""
    while not {alert["camera_id"] for alert in demo.alerts()}.issuperset(camera_ids):
        page.wait_for_timeout(300)


# --- one's own account


def test_sessions_and_the_own_password(demo: RunningDemo, page: Page, other: Page) -> None:
    """A browser that is signed out elsewhere leaves its page; the old password opens nothing any more."""
    name = add_user(demo, "admin")["username"]
    for browser in (page, other):
        sign_in(browser, demo.url, name, PASSWORD)
    expect_video(other, FRONT)
    page.goto(f"{demo.url}/settings")
    sessions = page.locator(".attention li", has_text="last used")
    expect(sessions).to_have_count(2)
    expect(sessions.filter(has_text="This one")).to_have_count(1)
    sessions.filter(has_not_text="This one").get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login**", timeout=60_000)
    expect(sessions).to_have_count(1)
    audited(page, demo, name, "session.end")
    page.goto(f"{demo.url}/settings")

    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    page.wait_for_url("**/login**")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    sign_in(page, demo.url, name, NEW_PASSWORD)
    expect_video(page, FRONT)
    entry = audited(page, demo, name, "user.password")
    assert NEW_PASSWORD not in entry


def test_a_token_reads_what_it_may_until_it_is_revoked(demo: RunningDemo, page: Page) -> None:
    """Made on the page; a program lists and listens with it, may nothing else, and is shut out in the middle."""
    name = add_user(demo, "admin")["username"]
    sign_in(page, demo.url, name, PASSWORD)
    page.goto(f"{demo.url}/settings/tokens")
    page.get_by_role("button", name="Make a token").first.click()
    page.get_by_label("Name").fill("Doorbell")
    page.get_by_label("alerts:read").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#token-made [data-slot=token]")).to_contain_text("wp_")
    token = str(page.locator("#token-made [data-slot=token]").text_content())
    example = str(page.locator("#token-made [data-slot=example]").text_content())
    assert example == f"curl -H 'Authorization: Bearer {token}' {demo.url}/api/alerts"
    page.get_by_role("button", name="Done").click()

    while not (answer := asked(demo, token, "/api/alerts"))[1]["items"]:  # the pytest timeout bounds the wait
        page.wait_for_timeout(300)
    assert answer[0] == 200
    assert asked(demo, token, "/api/cameras")[0] == 403
    bearer = [f"Authorization: Bearer {token}"]
    ear = create_connection(demo.url.replace("http", "ws") + "/api/alerts/live", header=bearer, timeout=90)
    while json.loads(ear.recv())["type"] != "alert":
        pass
    page.reload()
    row = page.get_by_role("row", name="Doorbell")
    expect(row).to_contain_text(re.compile("just now|ago"))
    page.get_by_role("button", name="Revoke Doorbell").click()
    page.get_by_role("button", name="Revoke the token").click()
    expect(page.get_by_text("No tokens")).to_be_visible()
    while (frame := ear.recv_data())[0] != ABNF.OPCODE_CLOSE:
        pass
    assert int.from_bytes(frame[1][:2], "big") == 1008
    assert asked(demo, token, "/api/alerts")[0] == 401
    assert "Doorbell" in audited(page, demo, name, "token.create")
    audited(page, demo, name, "token.revoke")


def asked(demo: RunningDemo, token: str, path: str) -> tuple[int, Any]:
    """Status and body of a program's GET."""
    request = Request(demo.url + path, headers={"Authorization": f"Bearer {token}"})
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        return refused.code, json.load(refused)


def audited(page: Page, demo: RunningDemo, actor: str, action: str) -> str:
    """What the audit log says of the one time that somebody did something."""
    page.goto(f"{demo.url}/audit?actor={actor}&action={action}")
    entries = page.locator(".audit li")
    expect(entries).to_have_count(1)
    return str(entries.text_content())


# --- what is kept


def test_what_is_too_old_by_new_limits_goes(demo: RunningDemo, page: Page, cameras: dict[str, int]) -> None:
    """Keeping alerts for a day: yesterday's visit is deleted for good, today's stay, and the log has both values."""
    wait_for_alerts_of(demo, page, cameras[FRONT])
    old = store_old_alert(demo, cameras[FRONT])
    log_in(page, demo)
    page.goto(f"{demo.url}/alerts")
    expect(page.locator(f'.shot[data-alert="{old}"]')).to_be_visible()
    page.goto(f"{demo.url}/settings/storage")
    page.get_by_label("Alerts for").fill("1")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Keep less").click()
    expect(page.locator("#toasts")).to_contain_text("Saved")
    today = {alert["id"] for alert in demo.alerts()} - {str(old)}
    demo.kill("watchpost-hub jobs")  # they look once an hour, and when they start
    while str(old) in (left := {alert["id"] for alert in demo.alerts()}):  # the pytest timeout bounds the wait
        page.wait_for_timeout(300)
    assert left >= today
    page.goto(f"{demo.url}/alerts")
    expect(page.locator(".shot").first).to_be_visible()
    expect(page.locator(f'.shot[data-alert="{old}"]')).to_have_count(0)
    page.goto(f"{demo.url}/alerts/{old}")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    page.goto(f"{demo.url}/audit?actor={demo.ready['username']}&action=retention.change")
    changes = page.locator(".audit li").first.locator(".audit-changes")
    expect(changes.locator("dt")).to_have_text(["alert_days"])
    expect(changes.locator("del")).to_have_text("0")
    expect(changes.locator("ins")).to_have_text("1")


def store_old_alert(demo: RunningDemo, camera_id: int) -> UUID:
    """A visit of the day before yesterday, as the ingest would have stored it then."""
    opened = datetime.now(UTC) - timedelta(days=2)
    device = demo.alerts()[0]["device_id"]
    rest = {"faces": 1, "score": 0.9, "box": (1.0, 2.0, 30.0, 40.0), "place": None, "picture_sha256": None}
    row = VisitRow(uuid4(), opened, opened, opened, camera_id, device, **rest)
    database = open_database(demo.parts("watchpost-hub serve")[0].environ()["WATCHPOST_DATABASE_URL"])
    with database.connection_context():
        Months().ensure([opened], datetime.now(UTC))
        store_visits([row])
    database.close_all()
    return row.id


# --- others


def test_an_operator_of_one_camera(demo: RunningDemo, page: Page, other: Page, cameras: dict[str, int]) -> None:
    """Sees it and its alerts alone, starts and stops it for everybody, acknowledges; no page of an admin's opens."""
    wait_for_alerts_of(demo, page, *cameras.values())
    user = add_user(demo, "operator", [cameras[FRONT]])
    expect_only(demo, page, user["username"], FRONT, cameras)
    log_in(other, demo)
    front = tile_of(page, FRONT)
    page.goto(demo.url)
    expect_video(page, FRONT)
    front.hover()
    front.get_by_role("button", name=f"Stop {FRONT}").click()
    for browser in (page, other):
        expect(tile_of(browser, FRONT)).to_contain_text(f"Stopped by {user['username']}", timeout=30_000)
    expect_video(other, GARDEN)
    front.hover()
    front.locator(".tile-tools").get_by_role("button", name=f"Start {FRONT}").click()
    for browser in (page, other):
        expect_video(browser, FRONT)
    demo.call("POST", f"/api/cameras/{cameras[FRONT]}/stream/auto")

    page.goto(f"{demo.url}/alerts")
    page.locator(".shot a").first.click()
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator("#acknowledgement")).to_contain_text(f"by {user['username']}")
    page.goto(demo.url)
    expect_video(page, FRONT)
    demo.call("PATCH", f"/api/users/{user['id']}", {"camera_ids": [cameras[GARDEN]]})
    expect(page.locator(".tile h2")).to_have_text([GARDEN], timeout=30_000)
    expect_video(page, GARDEN)


def test_a_viewer_of_one_camera(demo: RunningDemo, page: Page, cameras: dict[str, int]) -> None:
    """Sees it and its alerts alone; what they stop is their own video, and they acknowledge nothing."""
    wait_for_alerts_of(demo, page, *cameras.values())
    name = add_user(demo, "viewer", [cameras[GARDEN]])["username"]
    expect_only(demo, page, name, GARDEN, cameras)
    page.goto(demo.url)
    expect_video(page, GARDEN)
    tile = tile_of(page, GARDEN)
    tile.hover()
    tile.get_by_role("button", name=f"Stop {GARDEN}").click()
    expect(tile).to_have_attribute("data-picture", "still")
    stream = demo.call("GET", f"/api/cameras/{cameras[GARDEN]}")["stream"]
    assert stream["pin"] is None
    page.goto(f"{demo.url}/alerts")
    expect(page.get_by_role("button", name="Acknowledge shown")).to_have_count(0)
    page.locator(".shot a").first.click()
    expect(page.get_by_role("link", name="All alerts").or_(page.locator("#picture"))).not_to_have_count(0)
    expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)


def expect_only(demo: RunningDemo, page: Page, name: str, camera: str, cameras: dict[str, int]) -> None:
    """Somebody who is not an admin sees this one of two cameras on every page, and in the API."""
    (hidden,) = [number for one, number in cameras.items() if one != camera]
    sign_in(page, demo.url, name, PASSWORD)
    expect(page.locator(".tile h2")).to_have_text([camera])
    expect_video(page, camera)
    feed = page.locator("#feed-list > li")
    expect(feed.first).to_contain_text(camera)
    expect(feed.filter(has_not_text=camera)).to_have_count(0)
    page.goto(f"{demo.url}/alerts")
    expect(page.locator(".shot").first).to_contain_text(camera)
    expect(page.locator(".shot").filter(has_not_text=camera)).to_have_count(0)
    assert page.get_by_label("Camera", exact=True).locator("option").all_inner_texts() == ["All cameras", camera]
    page.goto(f"{demo.url}/cameras")
    expect(page.locator(".camera-row h2")).to_have_text([camera])
    for words in ("Add a camera", "Users", "Audit log"):
        expect(page.get_by_text(words)).to_have_count(0)

    theirs = Api(demo.url, {"username": name, "password": PASSWORD})
    assert [one["id"] for one in theirs.call("GET", "/api/cameras")["items"]] == [cameras[camera]]
    alert = next(alert["id"] for alert in demo.alerts() if alert["camera_id"] == hidden)
    for path in (f"/alerts/{alert}", f"/cameras/{hidden}"):
        assert page.goto(demo.url + path).status == 404  # type: ignore[union-attr]
    for path in (f"/api/alerts/{alert}", f"/api/alerts/{alert}/snapshot", f"/api/cameras/{hidden}"):
        assert page.request.get(demo.url + path).status == 404
    for path in NOT_FOR_ALL:
        assert page.goto(demo.url + path).status == 403  # type: ignore[union-attr]
        expect(page.get_by_role("heading", name="Not for this account")).to_be_visible()
