"""Devices in a real Chromium: how they are and whose fault it is, what one may ask of them, and what they answer."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dashboard_site import FakeFeed, Site, a_jpeg
from fake_device import answering, enrolled
from playwright.sync_api import Locator, Page, expect

from hub.store import commands, devices, health_history
from hub.store.models import Command, database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.usefixtures("no_errors")]
NOW = datetime.now(UTC)
CHECKS = [{"part": "disk", "ok": True, "detail": "9 GB free"}, {"part": "broker", "ok": False, "detail": "no answer"}]


@pytest.fixture
def feed(page: Page) -> FakeFeed:
    return FakeFeed(page)


@pytest.fixture
def site(hub: Site, feed: FakeFeed) -> Site:
    hub.clear()
    with database.connection_context():
        devices.update("pi", {"name": "Front door Pi", "selftest": None, "selftest_at": None})
    return hub


def add_device(name: str, **values: Any) -> None:
    row = {"id": name.lower(), "name": name, "state": "approved", "created_at": NOW, "approved_at": NOW}
    with database.connection_context():
        devices.insert({**row, "online_since": NOW - timedelta(hours=2), **values})


def test_the_cause_is_told_and_figures_are_plotted(site: Site, page: Page) -> None:
    add_device("Garden", offline_cause="lost")
    add_device("Attic", offline_cause="left")
    site.add_camera("Front door")
    empty: dict[str, float | None] = dict.fromkeys(health_history.MEASURES)
    with database.connection_context():
        for minutes in range(0, 300, 5):
            at, cpu = NOW - timedelta(minutes=minutes), 20.0 + max(0, minutes - 45) / 10
            health_history.add("pi", at, {**empty, "cpu_percent": cpu, "temperature_c": 51.0})
    site.let_in(page)
    page.goto(f"{site.url}/devices")
    cards = {name: page.locator(f'[data-device="{name}"]') for name in ("pi", "garden", "attic")}
    expect(cards["pi"]).to_contain_text("Online")
    expect(cards["pi"].locator('[data-measure="cpu_percent"] path.spark')).to_have_attribute("d", re.compile("^M.*L"))
    expect(cards["garden"]).to_contain_text("Device or network.")
    expect(cards["attic"]).to_contain_text("It said good-bye")
    cards["pi"].get_by_role("link", name="Front door Pi").click()
    page.wait_for_url(f"{site.url}/devices/pi")
    plot = page.locator('[data-measure="cpu_percent"] .measure-plot')
    plot.hover(position={"x": 5, "y": 10})
    expect(page.locator(".measure-tip:visible")).to_have_count(0)
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 10)
    expect(page.locator('[data-measure="cpu_percent"] .measure-tip')).to_contain_text("20 %")
    expect(page.get_by_role("link", name="24 hours")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")


def test_a_self_test_is_asked_for_and_its_result_shown(site: Site, page: Page, feed: FakeFeed) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/devices/pi")
    expect(page.get_by_text("nothing has come yet")).to_be_visible()

    def tested(_command: object) -> dict[str, Any]:
        devices.update("pi", {"selftest": CHECKS, "selftest_at": datetime.now(UTC)})
        return {"details": {"red": "broker"}}

    with answering({"selftest": tested}):
        page.get_by_role("button", name="Self-test").click()
        expect(page.locator("#toasts")).to_contain_text("Front door Pi: red: broker")
    feed.tell("device", page.request.get(f"{site.url}/api/devices/pi").json())
    expect(page.locator(".checks li")).to_have_count(2)
    expect(page.locator('.checks [data-ok="no"]')).to_contain_text("no answer")
    expect(page.get_by_text("1 red")).to_be_visible()


def tell_version(site: Site, page: Page, feed: FakeFeed, version: str) -> None:
    with database.connection_context():
        devices.update("pi", {"version": version})
    feed.tell("device", page.request.get(f"{site.url}/api/devices/pi").json())


def test_news_waits_until_nobody_is_in_the_middle_of_something(site: Site, page: Page, feed: FakeFeed) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/devices/pi")
    page.get_by_role("button", name="More for Front door Pi").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Half a na")
    tell_version(site, page, feed, "9.9")
    page.wait_for_timeout(2000)
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Half a na")
    expect(page.locator("#device")).not_to_contain_text("9.9")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator("#device")).to_contain_text("9.9")


def test_news_interrupts_nobody(site: Site, page: Page, feed: FakeFeed) -> None:
    """What was open and what had the keyboard stay so, and buttons and plots go on working."""
    add_device("Shed", state="revoked", revoked_at=NOW)
    site.add_camera("Front door")
    with database.connection_context():
        empty: dict[str, float | None] = dict.fromkeys(health_history.MEASURES)
        health_history.add("pi", datetime.now(UTC), {**empty, "cpu_percent": 20.0})
    site.let_in(page)
    more = page.get_by_role("button", name="More for Front door Pi")
    for path, part in (("/devices", '[data-device="pi"]'), ("/devices/pi", "#device")):
        page.goto(site.url + path)
        page.evaluate("window.kept = true")
        for section in page.locator("details summary").all():
            section.click()
        more.focus()
        tell_version(site, page, feed, f"9.{len(path)}")
        expect(page.locator(part)).to_contain_text(f"9.{len(path)}")
        assert page.evaluate("window.kept")
        expect(page.locator("details:not([open])")).to_have_count(0)
        expect(more).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("menuitem", name="Self-test")).to_be_visible()
        page.keyboard.press("Escape")
    plot = page.locator('[data-measure="cpu_percent"] .measure-plot')
    box = plot.bounding_box()
    assert box
    plot.hover(position={"x": box["width"] - 2, "y": 10})
    expect(page.locator('[data-measure="cpu_percent"] .measure-tip')).to_contain_text("20 %")
    page.get_by_role("button", name="Picture of Front door now").click()
    expect(page.get_by_role("dialog", name="Front door, now")).to_be_visible()


def test_a_restart_asks_first_and_says_what_came_of_it(site: Site, page: Page) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/devices/pi")
    with answering({"restart": {}}):
        page.get_by_role("button", name="Restart").click()
        dialog = page.get_by_role("dialog", name="Restart Front door Pi?")
        expect(dialog).to_contain_text("nothing that it has not sent yet is lost")
        dialog.get_by_role("button", name="Restart").click()
        expect(page.locator("#toasts")).to_contain_text("Front door Pi: restarts now")


def test_a_picture_now_or_why_not(site: Site, page: Page) -> None:
    site.add_camera("Front door")
    site.let_in(page, "bert")
    page.goto(f"{site.url}/devices/pi")
    dialog = page.get_by_role("dialog", name="Front door, now")
    with answering({"snapshot": {"picture": a_jpeg()}}):
        page.get_by_role("button", name="Picture of Front door now").click()
        expect(dialog.get_by_role("img", name="Front door just now")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    with answering({"snapshot": {"error": "the camera has given no picture yet"}}):
        page.get_by_role("button", name="Picture of Front door now").click()
        expect(dialog.get_by_role("alert")).to_contain_text("No picture: the camera has given no picture yet")


def test_a_late_answer_is_not_shown_as_another_cameras_picture(site: Site, page: Page) -> None:
    ids = {name: site.add_camera(name) for name in ("Front door", "Yard")}
    site.let_in(page, "bert")
    page.goto(f"{site.url}/devices/pi")

    def ask(name: str) -> Locator:
        with page.expect_response("**/commands"):
            page.get_by_role("button", name=f"Picture of {name} now").click()
        return page.get_by_role("dialog", name=f"{name}, now")

    def answer(name: str, **values: Any) -> None:
        with database.connection_context():
            command = Command.get(Command.camera_id == ids[name])
            commands.answer("pi", command.id, {"answered_at": datetime.now(UTC), **values})

    ask("Front door").get_by_role("button", name="Close").click()
    yard = ask("Yard")
    with page.expect_response(lambda response: response.json().get("error") == "too late"):
        answer("Front door", error="too late")
    page.wait_for_timeout(200)
    expect(yard.get_by_role("img", name="Waiting for the picture")).to_be_visible()
    answer("Yard", picture=a_jpeg())
    expect(yard.get_by_role("img", name="Yard just now")).to_be_visible()


def test_a_device_that_went_away_meanwhile_is_told(site: Site, page: Page) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/devices/pi")
    with database.connection_context():
        devices.update("pi", {"online": False})
    try:
        page.get_by_role("button", name="Self-test").click()
        expect(page.locator("#toasts")).to_contain_text("it does not hear commands")
    finally:
        with database.connection_context():
            devices.update("pi", {"online": True})


def test_a_device_is_let_in_and_shut_out(site: Site, page: Page) -> None:
    enrolled(site)
    site.let_in(page)
    page.goto(f"{site.url}/devices")
    waiting = page.locator('.attention [data-device="garden-pi"]')
    expect(waiting).to_contain_text("Approve it only if the device shows this fingerprint")
    waiting.get_by_role("button", name="Approve").click()
    card = page.locator('.device[data-device="garden-pi"]')
    expect(card).to_be_visible()
    site.add_camera("Garden", device="garden-pi")
    page.reload()
    card.get_by_role("button", name="More for Garden Pi").click()
    page.get_by_role("menuitem", name="Revoke").click()
    dialog = page.get_by_role("dialog", name="Revoke Garden Pi?")
    expect(dialog).to_contain_text("It stops watching Garden.")
    dialog.get_by_role("button", name="Revoke the device").click()
    expect(card).to_have_count(0)
    page.get_by_text("Revoked (1)").click()
    expect(page.locator("details")).to_contain_text("Garden Pi")


def test_what_is_wanted_stands_beside_what_is_reported(site: Site, page: Page) -> None:
    add_device("Garden", online=True, desired_revision=9, reported_revision=7)
    add_device("Attic", offline_cause="lost", desired_revision=3, reported_revision=2)
    site.let_in(page)
    page.goto(f"{site.url}/devices")
    expect(page.locator('[data-device="garden"]')).to_contain_text("not applied yet")
    expect(page.locator('[data-device="attic"]')).to_contain_text("for it to return")
    page.goto(f"{site.url}/devices/garden")
    facts = page.locator("section", has_text="About").locator(".facts")
    expect(facts).to_contain_text("revision 9")
    expect(facts).to_contain_text("revision 7")


def test_renaming_and_a_new_key(site: Site, page: Page) -> None:
    site.let_in(page)
    page.goto(f"{site.url}/devices/pi")
    page.get_by_role("button", name="More for Front door Pi").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Porch Pi")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(page.get_by_role("heading", name="Porch Pi")).to_be_visible()
    add_device("Garden", offline_cause="lost")
    page.goto(f"{site.url}/devices/garden")
    page.get_by_role("button", name="A new card or key").click()
    page.get_by_role("button", name="Make a token").last.click()
    told = page.locator("#device-token")
    expect(told).to_contain_text("watchpost-provision card --image raspios.img --name garden")
    expect(told).to_contain_text("watchpost-edge enroll")


def test_others_see_it_and_may_do_nothing(site: Site, page: Page) -> None:
    site.let_in(page, "carla")
    page.goto(f"{site.url}/devices/pi")
    expect(page.get_by_role("heading", name="Front door Pi")).to_be_visible()
    for name in ("Self-test", "Restart", "More for Front door Pi", "A new card or key"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    answer = page.goto(f"{site.url}/devices/nobody")
    assert answer is not None
    assert answer.status == 404
