"""Settings in a real Chromium: tokens, what is kept, the audit log, log-ins elsewhere; and a new hub's first steps."""

from pathlib import Path
from typing import Any

import pytest
from dashboard_site import PASSWORD, FakeFeed, Site, a_jpeg, an_alert, running_site
from fake_device import answering, enrolled
from playwright.sync_api import Browser, Page, expect

from hub.services import EXTENSION
from hub.store import audit, devices, users
from hub.store.models import database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]
STEPS = 10
"""Name, password, create; the device's name, its token; the camera's name, address, test, add; see it."""
COUNT = """
for (const [type, what] of [["click", "button, a"], ["change", "input, select"]]) {
  document.addEventListener(type, ({ target }) => {
    if (target.closest(what)) sessionStorage.steps = 1 + Number(sessionStorage.steps ?? 0);
  }, { capture: true });
}
"""


@pytest.fixture(scope="module")
def site(hub: Site) -> Site:
    return hub


@pytest.fixture(autouse=True)
def feed(page: Page) -> FakeFeed:
    return FakeFeed(page)


def test_a_token_is_made_shown_once_used_and_revoked(site: Site, page: Page) -> None:
    site.let_in(page, "bert")
    page.goto(f"{site.url}/settings")
    page.get_by_role("link", name="Tokens").click()
    page.get_by_role("button", name="Make a token").first.click()
    page.get_by_label("Name").fill("Home automation")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator('[data-field="scopes"] .field-error')).not_to_be_empty()
    expect(page.get_by_label("Name")).to_have_value("Home automation")
    expect(page.get_by_label("users:read")).to_have_count(0)  # no operator could use it
    page.get_by_label("alerts:read").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#token-made [data-slot=token]")).to_contain_text("wp_")
    token = str(page.locator("#token-made [data-slot=token]").text_content())
    answer = page.request.get(f"{site.url}/api/alerts", headers={"Authorization": f"Bearer {token}"})
    assert answer.status == 200
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row", name="Home automation")).to_contain_text("alerts:read")
    page.wait_for_load_state("load")
    assert token not in page.content()
    page.get_by_role("button", name="Revoke Home automation").click()
    page.get_by_role("button", name="Revoke the token").click()
    expect(page.get_by_text("No tokens")).to_be_visible()


def test_keeping_less_is_asked_about(site: Site, page: Page) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/settings/storage")
    page.get_by_label("Alerts for").fill("-1")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Keep less").click()
    expect(page.locator('[data-field="alert_days"] .field-error')).not_to_be_empty()
    page.get_by_label("Alerts for").fill("90")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Keep less?")
    expect(dialog).to_contain_text("cannot be brought back")
    dialog.get_by_role("button", name="Cancel").click()
    assert page.request.get(f"{site.url}/api/retention").json()["alert_days"] == 0
    page.get_by_role("button", name="Save").click()
    dialog.get_by_role("button", name="Keep less").click()
    expect(page.locator("#toasts")).to_contain_text("Saved")
    assert page.request.get(f"{site.url}/api/retention").json()["alert_days"] == 90
    page.goto(f"{site.url}/audit?action=retention.change")
    expect(page.locator(".audit li")).to_have_count(1)
    expect(page.locator(".audit li")).to_contain_text("alert_days")


def test_the_audit_log_is_filtered_and_has_pages(site: Site, page: Page) -> None:
    with database.connection_context():
        for number in range(60):
            after = {"settings": {"min_score": 0.7}}
            audit.record("robot", "camera.change", f"camera {number}", {"settings": {"min_score": 0.6}}, after)
    site.let_in(page)
    page.goto(f"{site.url}/audit")
    page.get_by_label("Who").fill("robot")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".audit li")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".audit li")).to_have_count(10)
    page.get_by_role("link", name="camera 3", exact=True).click()
    expect(page.locator(".audit li")).to_have_count(1)
    expect(page.locator(".audit li")).to_contain_text("settings.min_score")
    page.goto(f"{site.url}/audit?actor=%00&action=nothing&target=x&below=99999999999999999999")
    expect(page.get_by_text("Nothing found")).to_be_visible()


def test_the_own_password(site: Site, page: Page) -> None:
    with database.connection_context():
        users.create("dora", site.app.extensions[EXTENSION].passwords.hashed(PASSWORD), "viewer")
    site.let_in(page, "dora")
    page.goto(f"{site.url}/settings")
    page.get_by_label("Present password").fill("not this one")
    page.get_by_label("New password").fill("a sentence that is new")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator('[data-field="current_password"] .field-error')).not_to_be_empty()
    expect(page.get_by_label("New password")).to_have_value("a sentence that is new")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    page.wait_for_url(f"{site.url}/login")
    page.get_by_label("User name").fill("dora")
    page.get_by_label("Password").fill("a sentence that is new")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")


def test_a_user_sees_the_cameras_that_are_theirs(site: Site, page: Page) -> None:
    site.add_camera("Garage")
    site.add_camera("Bedroom")
    site.let_in(page)
    page.goto(f"{site.url}/users")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("User name").fill("emil")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("All cameras").uncheck()
    page.get_by_label("Garage").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="emil")).to_contain_text("1")
    page.context.clear_cookies()
    site.let_in(page, "emil")
    page.goto(site.url)
    expect(page.locator(".tile h2")).to_have_text(["Garage"])


def test_log_ins_elsewhere_are_ended(site: Site, page: Page, chromium: Browser) -> None:
    other = chromium.new_context()
    elsewhere = other.new_page()
    FakeFeed(elsewhere)
    site.let_in(elsewhere, "carla")
    site.let_in(page, "carla")
    page.goto(f"{site.url}/settings")
    page.get_by_role("button", name="Sign out everywhere else").click()
    page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    elsewhere.goto(f"{site.url}/settings")
    elsewhere.wait_for_url(f"{site.url}/login**")
    other.close()


def test_a_new_hub_is_set_up_step_by_step(tmp_path: Path, page: Page) -> None:
    """From an empty hub to the first alert: what a person fills in and presses is counted."""
    feed = FakeFeed(page)
    page.add_init_script(COUNT)
    with running_site(tmp_path, is_new=True) as site:
        page.goto(site.url)
        page.wait_for_url(f"{site.url}/welcome")
        page.get_by_label("User name").fill("anna")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create the account").click()
        page.wait_for_url(f"{site.url}/setup")
        page.get_by_label("What is it called?").fill("Front door Pi")
        page.get_by_role("button", name="Make its token").click()
        expect(page.locator("[data-slot=command]")).to_contain_text("--token")
        token = str(page.locator("[data-slot=command]").text_content()).split()[-1]
        expect(page.locator("[data-slot=card]")).to_contain_text("--name front-door-pi")
        expect(page.get_by_text("Waiting for it")).to_be_visible()
        enrolled(site, token)
        feed.tell("device", page.request.get(f"{site.url}/api/devices/front-door-pi").json())
        expect(page.get_by_text("Front door Pi is enrolled, not online yet")).to_be_visible()
        with database.connection_context():
            devices.update("front-door-pi", {"online": True})
        feed.tell("device", page.request.get(f"{site.url}/api/devices/front-door-pi").json())
        expect(page.get_by_text("Front door Pi is online")).to_be_visible()
        page.get_by_label("What does it see?").fill("Front door")
        page.get_by_label("Address").fill("rtsp://ann:s3cret@cam/1")
        details: dict[str, Any] = {"codec": "h264", "width": 1280, "height": 720, "fps": 25.0, "first_frame_s": 0.4}
        with answering({"probe": {"picture": a_jpeg(), "details": details}}):
            page.get_by_role("button", name="Test").click()
            expect(page.locator("#probe")).to_contain_text("It works")
        page.get_by_role("button", name="Add it and watch").click()
        expect(page.get_by_role("heading", name="That is all")).to_be_visible()
        (camera,) = page.request.get(f"{site.url}/api/cameras").json()["items"]
        feed.tell("camera", {**camera, "status": {"state": "online", "since": None, "reason": ""}})
        expect(page.locator("[data-slot=status]")).to_have_text("Online")
        page.get_by_role("link", name="See it live").click()
        page.wait_for_url(f"{site.url}/")
        expect(page.get_by_role("article", name="Front door")).to_be_visible()
        expect(page.get_by_text("Nobody yet")).to_be_visible()
        feed.tell("alert", an_alert(camera["id"]))
        expect(page.locator("#feed-list > li")).to_contain_text("Front door")
        assert page.evaluate("sessionStorage.steps") == str(STEPS)
