"""The times of alerts in a real Chromium: chosen, shared, drawn as bars."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from dashboard_site import FakeFeed, Site, an_alert, made_before
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]


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


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_a_bar_of_a_month_is_a_day_of_the_viewers(site: Site, chromium: Browser, zone: str) -> None:
    camera_id = site.add_camera("One")
    eight = datetime.now(UTC).replace(hour=20, minute=0) - timedelta(days=3)
    alert = str(site.add_alert(camera_id, (datetime.now(UTC) - eight).total_seconds()))
    context = chromium.new_context(timezone_id=zone)
    page = context.new_page()
    FakeFeed(page)
    site.let_in(page)
    page.goto(f"{site.url}/alerts?range=month")
    day = page.locator(".gallery-day h2").inner_text()
    page.locator(".timeline-plot .bar").hover()
    expect(page.locator(".timeline-tip")).to_have_text(f"{day}: 1 alert")
    page.locator(".timeline-plot .bar").click(force=True)
    page.wait_for_url(re.compile("since="))
    asked = parse_qs(urlsplit(page.url).query)
    since, until = (datetime.fromisoformat(asked[name][0]).astimezone(ZoneInfo(zone)) for name in ("since", "until"))
    assert (since.hour, until - since) == (0, timedelta(days=1))
    expect(page.locator(".shot")).to_have_attribute("data-alert", alert)
    context.close()


def test_the_timeline_goes_on_with_time(site: Site, page: Page, feed: FakeFeed) -> None:
    camera_id = site.add_camera("One")
    for _ in range(3):
        site.add_alert(camera_id, 23 * 3600)
    site.let_in(page)
    made_before(page, "**/alerts?range=day", 2)
    page.goto(f"{site.url}/alerts?range=day")
    bars = page.locator(".timeline-plot .bar")
    expect(bars).to_have_count(1)
    first = bars.first.get_attribute("x")
    feed.tell("alert", an_alert(camera_id))
    expect(bars).to_have_count(2)
    assert float(bars.first.get_attribute("x") or 0) < float(first or 0)
    assert bars.last.get_attribute("x") == "24.12"
    expect(page.locator(".timeline-scale")).to_have_text("3")
