"""One alert in a real Chromium: walked through, acknowledged, shared, and its neighbours."""

import re

import pytest
from dashboard_site import PASSWORD, FakeFeed, Site
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]


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


def test_a_note_is_kept_after_the_computer_slept(site: Site, page: Page, feed: FakeFeed) -> None:
    alert = site.add_alert(site.add_camera("One"), 60)
    site.let_in(page, "bert")
    page.goto(f"{site.url}/alerts/{alert}")
    page.get_by_label("Note").fill("Postman")
    slept(page)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#acknowledgement")).to_contain_text("Postman")
    page.wait_for_url(f"{site.url}/alerts/{alert}")
    slept(page)
    with page.expect_response("**/api/auth/refresh") as renewed:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert renewed.value.ok


def slept(page: Page) -> None:
    """A quarter of an hour is gone, no timer has run, and the access token is good no more."""
    page.clock.set_fixed_time(page.evaluate("Date.now()") / 1000 + 16 * 60)
    page.context.clear_cookies(name=re.compile("access_token_cookie"))


def test_who_was_seen_elsewhere_around_then(site: Site, page: Page, feed: FakeFeed) -> None:
    door, yard = site.add_camera("Door"), site.add_camera("Yard")
    alert = site.add_alert(door, 600)
    other = site.add_alert(yard, 560)
    site.add_alert(yard, 3000)
    site.add_alert(door, 590)
    site.let_in(page)
    page.goto(f"{site.url}/alerts/{alert}")
    elsewhere = page.locator(".alert-neighbours a")
    expect(elsewhere).to_have_count(1)
    expect(elsewhere).to_contain_text("Yard")
    elsewhere.click()
    page.wait_for_url(f"{site.url}/alerts/{other}")


def test_a_link_leads_others_to_the_same_alert(site: Site, page: Page, feed: FakeFeed) -> None:
    alert = site.add_alert(site.add_camera("Door"), 60)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    site.let_in(page)
    page.goto(f"{site.url}/alerts/{alert}")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#toasts")).to_contain_text("The link is copied")
    link = page.evaluate("navigator.clipboard.readText()")
    page.context.clear_cookies()
    page.goto(link)
    page.get_by_label("User name").fill("carla")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/alerts/{alert}")
