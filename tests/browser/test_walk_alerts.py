"""A walk through alerts that come late, and through lists of some of them, with two real devices before one hub."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cable import Cable
from demo_pages import expect_video, sign_in, tile_of
from demo_process import Api
from new_hub import NewHub, running_new_hub
from playwright.sync_api import Browser, Page, expect

from edge.alerts.outbox_view import Kept, view

pytestmark = [pytest.mark.walk, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.usefixtures("no_errors")]
ANNA = {"username": "anna", "password": "correct horse battery"}
PORCH, YARD = "Porch", "Yard"
FILMS = {PORCH: "front-door.mp4", YARD: "garden-gate.mp4"}
LATE_S = 62
"""Later than a minute is called late."""
LOCAL = """text => {
  const when = new Date(text);
  return new Date(when - when.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}"""
Alert = dict[str, Any]


@dataclass
class House:
    """A hub, and a device for each of the two cameras; `cables` are those of the porch, to broker and media server."""

    hub: NewHub
    api: Api
    outboxes: dict[str, Path] = field(default_factory=dict)
    cables: list[Cable] = field(default_factory=list)
    cameras: dict[str, int] = field(default_factory=dict)

    def alerts(self, query: str = "") -> list[Alert]:
        items: list[Alert] = self.api.call("GET", f"/api/alerts?limit=200&{query}")["items"]
        return items

    def waiting(self, camera: str) -> list[Kept]:
        """Visits that a camera's device has not got rid of yet, oldest first."""
        return list(view(self.outboxes[camera]).waiting)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, scenes: Path) -> Iterator[House]:
    with running_new_hub(tmp_path_factory.mktemp("house")) as hub, ExitStack() as stack:
        api = Api.sign_up(hub.url, ANNA)
        made = House(hub, api)
        for name, film in FILMS.items():
            token = api.call("POST", "/api/devices", {"name": f"{name} Pi"})
            device = hub.device(token["id"])
            done = device.enroll(f"watchpost-edge enroll --hub {hub.url} --token {token['token']}")
            assert done.returncode == 0, done.stderr
            made.outboxes[name] = device.folder / "outbox.db"
            if name == PORCH:
                addresses = {key: device.told()[key] for key in ("mqtt_url", "media_rtsp_url")}
                made.cables = [stack.enter_context(closing(Cable(url))) for url in addresses.values()]
                device.reach(**{key: cable.url for key, cable in zip(addresses, made.cables, strict=True)})
            device.start()
            camera = {"name": name, "source_url": (scenes / film).as_uri(), "location": f"The {name.lower()}"}
            made.cameras[name] = api.call("POST", "/api/cameras", camera | {"device_id": token["id"]})["id"]
        yield made


def shown(page: Page, items: str) -> list[str]:
    ids: list[str] = page.locator(items).evaluate_all("items => items.map(item => item.dataset.alert)")
    return ids


def wait_for(page: Page, condition: Callable[[], object]) -> None:
    """The pytest timeout bounds the wait."""
    while not condition():
        page.wait_for_timeout(300)


# --- late ones


def test_a_device_without_its_network_keeps_its_alerts_and_tells_them_later(house: House, page: Page) -> None:
    """Meanwhile others go on; afterwards each stands in its place, says how late it was, and none is there twice."""
    sign_in(page, house.hub.url, **ANNA)
    for camera in (PORCH, YARD):
        expect_video(page, camera)
    porch = tile_of(page, PORCH)
    with ExitStack() as stack:
        for cable in house.cables:
            stack.enter_context(cable.pulled())
        cut_at = datetime.now(UTC)
        expect(porch.locator("[data-slot=label]")).to_have_text(re.compile("Pending|Device offline"), timeout=30_000)
        expect(porch.locator("[data-slot=cause]")).not_to_be_empty()
        expect(porch.locator("[data-slot=cause]")).to_contain_text(f"{PORCH} Pi", timeout=30_000)
        wait_for(page, lambda: kept(house, cut_at))
        late = kept(house, cut_at)[0]
        yard = house.cameras[YARD]
        wait_for(page, lambda: time.time() - late.opened_at.timestamp() > LATE_S)
        wait_for(page, lambda: any(opened(alert) > late.opened_at for alert in house.alerts(f"camera_id={yard}")))
        assert str(late.visit_id) not in shown(page, "#feed-list > li")
        expect_video(page, YARD)

    item = page.locator(f'#feed-list [data-alert="{late.visit_id}"]')
    expect(item.locator("[data-slot=delayed]")).to_have_text(re.compile(r"^delayed \d min$"), timeout=90_000)
    wait_for(page, lambda: not kept(house, cut_at))
    wait_for(page, lambda: shown(page, "#feed-list > li") == [alert["id"] for alert in house.alerts()])
    in_feed = shown(page, "#feed-list > li")
    assert len(set(in_feed)) == len(in_feed)
    assert in_feed.index(str(late.visit_id)) > 0
    assert house.alerts() == sorted(house.alerts(), key=opened, reverse=True)
    expect_video(page, PORCH)

    page.goto(f"{house.hub.url}/alerts")
    shot = page.locator(f'.shot[data-alert="{late.visit_id}"]')
    expect(shot.locator("[data-slot=delayed]")).to_have_text(re.compile(r"^delayed \d min$"))
    shot.locator("a").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"Reached the hub.*delayed \d min", re.DOTALL))


def kept(house: House, since: datetime) -> list[Kept]:
    """Visits that the porch's device keeps and that began after a moment."""
    return [visit for visit in house.waiting(PORCH) if visit.opened_at > since]


def opened(alert: Alert) -> datetime:
    return datetime.fromisoformat(alert["opened_at"])


# --- some of them


@pytest.fixture
def alerts(house: House, page: Page) -> Iterator[list[Alert]]:
    """All that there are, from both cameras and not from one minute only; for a while nobody comes any more."""

    def are_enough() -> bool:
        found = house.alerts()
        minutes = {alert["opened_at"][:16] for alert in found}
        return (
            len(found) > 3 and len(minutes) > 1 and {alert["camera_id"] for alert in found} == {*house.cameras.values()}
        )

    wait_for(page, are_enough)
    enable(house, False)
    wait_for(page, lambda: applied(house))
    wait_for(page, lambda: not any(map(house.waiting, FILMS)) and all(alert["closed_at"] for alert in house.alerts()))
    yield house.alerts()
    enable(house, True)


def enable(house: House, on: bool) -> None:
    for camera in house.cameras.values():
        house.api.call("PATCH", f"/api/cameras/{camera}", {"enabled": on})


def applied(house: House) -> bool:
    devices = house.api.call("GET", "/api/devices")["items"]
    return all(device["reported_revision"] >= device["desired_revision"] for device in devices)


def test_a_list_of_some_is_what_was_asked_for_and_its_link_leads_everybody_there(
    house: House, alerts: list[Alert], page: Page, chromium: Browser
) -> None:
    sign_in(page, house.hub.url, **ANNA)
    page.goto(f"{house.hub.url}/alerts")
    expect_list(page, alerts)
    seen = alerts[1]
    page.locator(f'.shot[data-alert="{seen["id"]}"] a').click()
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator("#acknowledgement")).to_contain_text("by anna")

    page.goto(f"{house.hub.url}/alerts")
    choose(page, "Place", "The yard")
    expect_list(page, [alert for alert in alerts if alert["camera_id"] == house.cameras[YARD]])
    choose(page, "Place", "")
    expect_list(page, alerts)
    choose(page, "Seen", "Acknowledged")
    expect_list(page, [seen])
    choose(page, "Seen", "Not acknowledged")
    unseen = [alert for alert in alerts if alert is not seen]
    expect_list(page, unseen)
    best = max(alert["score"] for alert in unseen)
    least = int(best * 100) / 100
    with page.expect_navigation():
        page.get_by_label("Least score").fill(f"{least:g}")
    good = [alert for alert in unseen if alert["score"] >= least]
    expect_list(page, good)
    assert house.alerts(f"min_score={least:g}&acknowledged=false") == good

    link = page.url
    asked = parse_qs(urlsplit(link).query)
    assert asked.keys() >= {"acknowledged", "min_score"}
    for name in ("bert", "carla"):
        house.api.call("POST", "/api/users", {**ANNA, "username": name})
    guest = chromium.new_context().new_page()
    sign_in(guest, house.hub.url, **{**ANNA, "username": "bert"})
    guest.goto(link)
    expect_list(guest, good)
    expect(guest.get_by_label("Seen")).to_have_value("false")
    guest.context.close()
    stranger = chromium.new_context().new_page()
    stranger.goto(link)
    stranger.get_by_label("User name").fill("carla")
    stranger.get_by_label("Password").fill(ANNA["password"])
    stranger.get_by_role("button", name="Sign in").click()
    stranger.wait_for_url(link)
    expect_list(stranger, good)
    stranger.context.close()


def test_a_time_is_dragged_over_or_written(house: House, alerts: list[Alert], page: Page) -> None:
    sign_in(page, house.hub.url, **ANNA)
    page.goto(f"{house.hub.url}/alerts?range=day")
    expect_list(page, alerts)
    drag(page, 0.1, 0.4)
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Whole range").click()
    expect_list(page, alerts)
    drag(page, 0.8, 0.998)
    expect_list(page, alerts)
    expect(page.locator("#timeline-plot .bar:not(.bar-dim)").first).to_be_visible()

    newest = alerts[0]["opened_at"][:16]
    page.locator("[popovertarget=period]").click()
    page.get_by_label("From", exact=True).fill(str(page.evaluate(LOCAL, f"{newest}:00Z")))
    page.get_by_label("Until").fill("")
    with page.expect_navigation():
        page.get_by_role("button", name="Show", exact=True).click()
    expect_list(page, [alert for alert in alerts if alert["opened_at"] >= newest])


def choose(page: Page, label: str, option: str) -> None:
    """A filter of the list, which goes on its own."""
    with page.expect_navigation():
        page.get_by_label(label).select_option(option)


def drag(page: Page, start: float, end: float) -> None:
    """Over a part of the timeline."""
    expect(page.locator("#timeline-plot .axis")).to_be_attached()
    plot = page.locator("#timeline-plot").bounding_box()
    assert plot
    page.mouse.move(plot["x"] + start * plot["width"], plot["y"] + 20)
    page.mouse.down()
    page.mouse.move(plot["x"] + end * plot["width"], plot["y"] + 20, steps=4)
    with page.expect_navigation():
        page.mouse.up()


def expect_list(page: Page, alerts: list[Alert]) -> None:
    """These and no others, newest first."""
    expect(page.locator(".shot")).to_have_count(len(alerts))
    assert shown(page, ".shot") == [alert["id"] for alert in alerts]
