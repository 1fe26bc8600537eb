"""The dashboard in a real Chromium: signing in, cameras, devices, users, and what holds for every page."""

import re

import pytest
from dashboard_site import PASSWORD, FakeFeed, Site, with_moving_pictures
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]


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


def test_a_menu_is_worked_by_keys_alone(site: Site, page: Page, feed: FakeFeed) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/alerts")
    opener = page.get_by_role("button", name="Export")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="CSV")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="JSON")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_a_phone(site: Site, chromium: Browser) -> None:
    """No page is wider than it, whatever people call their things."""
    camera_id = site.add_camera("W" * 120, location="w" * 200)
    alert_id = site.add_alert(camera_id, 60)
    context: BrowserContext = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    with_moving_pictures(page)
    FakeFeed(page)
    site.log_in(page)
    lists = ("/", "/alerts", "/cameras", "/devices", "/overview", "/users", "/settings", "/audit", "/?wall=1")
    for path in (*lists, f"/cameras/{camera_id}", f"/alerts/{alert_id}", "/devices/pi"):
        page.goto(site.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    expect(page.get_by_role("button", name="Keys")).to_be_hidden()
    page.goto(f"{site.url}/settings/tokens")
    page.get_by_role("button", name="Make a token").first.click()
    expect(page.get_by_role("button", name="Make it")).to_be_in_viewport(ratio=1)
    context.close()


@pytest.mark.parametrize("path", ["/", "/cameras"])
def test_who_sees_no_camera_is_told_who_gives_one_and_it_appears(
    site: Site, page: Page, feed: FakeFeed, path: str
) -> None:
    site.let_in(page, "carla")
    page.goto(site.url + path)
    expect(page.get_by_text("An admin adds them")).to_be_visible()
    expect(page.get_by_role("group", name="Layout")).to_have_count(0)
    given = page.request.get(f"{site.url}/api/cameras/{site.add_camera('Front door')}").json()
    feed.tell_all(given)
    expect(page.get_by_role("heading", name="Front door")).to_be_visible()


def test_a_phone_on_its_side(site: Site, page: Page, feed: FakeFeed) -> None:
    page.set_viewport_size({"width": 844, "height": 390})
    site.let_in(page)
    page.goto(site.url)
    for part in (page.get_by_role("link", name="Live", exact=True), page.get_by_role("button", name="You")):
        expect(part).to_be_in_viewport(ratio=1)
