"""Settings in a real Chromium: tokens, what is kept, the audit log, the own password."""

import pytest
from dashboard_site import PASSWORD, FakeFeed, Site
from playwright.sync_api import Page, expect

from hub.services import EXTENSION
from hub.store import audit, users
from hub.store.models import database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]


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
    called = f"camera {site.add_camera('Front door')}"
    with database.connection_context():
        audit.record("robot", "camera.change", called, {"settings": {"min_score": 0.7}}, {})
        for number in range(100, 159):
            after = {"settings": {"min_score": 0.7}}
            audit.record("robot", "camera.change", f"camera {number}", {"settings": {"min_score": 0.6}}, after)
    site.let_in(page)
    page.goto(f"{site.url}/audit")
    page.get_by_label("Who").fill("robot")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".audit li")).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".audit li")).to_have_count(10)
    link = page.get_by_role("link", name=called, exact=True)
    expect(page.locator(".audit li", has=link)).to_contain_text(f"{called} Front door")
    page.get_by_role("link", name="camera 103", exact=True).click()
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
