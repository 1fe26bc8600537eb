"""A walk through what people look after: a hub set up from nothing with a real device, its cameras and people."""

import re
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from demo_pages import expect_video, sign_in, tile_of
from demo_process import Api
from new_hub import NewHub, running_new_hub
from patience import wait_until
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.walk, pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.usefixtures("no_errors")]
STEPS = 10
"""Name, password, create; the device's name, its token; the camera's name, address, test, add; see it."""
COUNT = """
for (const [type, what] of [["click", "button, a"], ["change", "input, select"]]) {
  document.addEventListener(type, ({ target }) => {
    if (target.closest(what)) sessionStorage.steps = 1 + Number(sessionStorage.steps ?? 0);
  }, { capture: true });
}
"""
PASSWORD = "correct horse battery"
FRONT, GARDEN = "Front door", "Garden gate"
CORNER = ((0.02, 0.03), (0.12, 0.03), (0.12, 0.13))
"""Nobody's face comes there."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, scenes: Path, chromium: Browser) -> Iterator[NewHub]:
    """A hub that `anna` has set up by its own first steps: her account, a device, its first camera."""
    folder = tmp_path_factory.mktemp("house")
    with running_new_hub(folder) as hub:
        page = chromium.new_page()
        walk_first_steps(hub, page, (scenes / "front-door.mp4").as_uri())
        page.close()
        yield hub


@pytest.fixture
def api(house: NewHub) -> Api:
    """Anna's; only what the first steps made is there."""
    api = Api(house.url, {"username": "anna", "password": PASSWORD})
    for kind in ("cameras", "users"):
        for one in api.call("GET", f"/api/{kind}")["items"]:
            if one.get("name") != FRONT and one.get("username") != "anna":
                api.fetch("DELETE", f"/api/{kind}/{one['id']}")
    return api


def walk_first_steps(hub: NewHub, page: Page, address: str) -> None:
    """From a hub that nobody knows to a camera whose video moves, by what the pages say to do; each step is counted."""
    page.add_init_script(COUNT)
    page.goto(hub.url)
    page.wait_for_url("**/welcome")
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/setup")
    page.get_by_label("What is it called?").fill("House Pi")
    page.get_by_role("button", name="Make its token").click()
    command = page.locator("[data-slot=command]")
    expect(command).to_contain_text("--token")
    device = hub.device("house-pi")
    enrolled = device.enroll(str(command.text_content()))
    assert enrolled.returncode == 0, enrolled.stderr
    device.start()
    expect(page.get_by_text("House Pi is online")).to_be_visible(timeout=60_000)
    page.get_by_label("What does it see?").fill(FRONT)
    page.get_by_label("Address").fill(address)
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#probe")).to_contain_text("It works", timeout=60_000)
    page.get_by_role("button", name="Add it and watch").click()
    expect(page.locator("[data-slot=status]")).to_have_text("Online", timeout=60_000)
    page.get_by_role("link", name="See it live").click()
    expect_video(page, FRONT)
    assert page.evaluate("sessionStorage.steps") == str(STEPS)


def test_the_first_visitor_of_a_new_hub(house: NewHub, page: Page) -> None:
    sign_in(page, house.url, "anna", PASSWORD)
    expect_video(page, FRONT)
    expect(page.locator("#feed-list > li").first).to_contain_text(FRONT, timeout=60_000)


def test_a_camera_comes_is_changed_rests_and_goes(house: NewHub, scenes: Path, api: Api, page: Page) -> None:
    """Tested and added by the form; areas drawn, tried on who came, applied by the device; off, on, and deleted."""
    sign_in(page, house.url, "anna", PASSWORD)
    expect(page.locator("#feed-list > li").first).to_be_visible(timeout=60_000)
    live = page.context.new_page()
    live.goto(house.url)
    add_camera(house, page, scenes / "garden-gate.mp4")
    expect_video(live, GARDEN)

    page.get_by_role("link", name=f"Edit {FRONT}").click()
    page.get_by_role("button", name="Picture now").click()
    wait_until(page, "document.getElementById('zone-still').naturalWidth > 300")
    said = page.locator("#zone-preview")
    expect(said).to_contain_text(re.compile(r"would still be one\.$"))
    draw_area(page)
    expect(page.locator("#zone-list li")).to_have_text([re.compile("^Include area 1, 3 corners")])
    expect(said).to_contain_text(re.compile(r"outside the areas|would not be one"))
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/cameras")
    (door,) = [camera for camera in api.call("GET", "/api/cameras")["items"] if camera["name"] == FRONT]
    assert [len(area) for area in door["settings"]["include"]] == [len(CORNER)]
    wait_until_applied(api, page)

    row = page.locator(".camera-row", has_text=GARDEN)
    page.get_by_label(f"{GARDEN} enabled").uncheck()
    expect(row).to_contain_text("Disabled")
    expect(tile_of(live, GARDEN)).to_have_attribute("data-picture", "still", timeout=30_000)
    page.get_by_label(f"{GARDEN} enabled").check()
    expect(row).to_contain_text("Online", timeout=60_000)
    expect_video(live, GARDEN)
    page.get_by_role("button", name=f"Delete {GARDEN}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the camera").click()
    expect(tile_of(live, GARDEN)).to_have_count(0, timeout=30_000)
    expect_video(live, FRONT)


def add_camera(house: NewHub, page: Page, film: Path) -> None:
    """The second one, by the form, once its device has a picture of it."""
    page.goto(f"{house.url}/cameras/new")
    page.get_by_label("Name", exact=True).fill(GARDEN)
    page.get_by_label("Place").fill("Garden")
    page.get_by_label("Device").select_option("House Pi")
    page.get_by_label("Address").fill(film.as_uri())
    page.get_by_role("button", name="Test", exact=True).click()
    probe = page.locator("#probe-source_url")
    expect(probe).to_contain_text("It works: House Pi has a picture", timeout=60_000)
    expect(probe).to_contain_text("960 \u00d7 540")
    page.get_by_role("button", name="Add the camera").click()
    page.wait_for_url("**/cameras")
    expect(page.locator(".camera-row", has_text=GARDEN)).to_contain_text("Online", timeout=60_000)


def draw_area(page: Page) -> None:
    """Where nobody comes."""
    page.get_by_role("button", name="Include area").click()
    canvas = page.locator("#zone-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    for x, y in CORNER:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.keyboard.press("Enter")


def wait_until_applied(api: Api, page: Page) -> None:
    """The pytest timeout bounds the wait."""
    while (device := api.call("GET", "/api/devices/house-pi"))["reported_revision"] < device["desired_revision"]:
        page.wait_for_timeout(200)


def test_a_second_device_is_let_in_and_shut_out(house: NewHub, api: Api, page: Page) -> None:
    """It asks without a token, shows the fingerprint that the page shows, and once approved has figures."""
    sign_in(page, house.url, "anna", PASSWORD)
    page.goto(f"{house.url}/devices")
    name = f"attic-{token_hex(2)}"
    attic, ask = house.device(name), f"watchpost-edge enroll --hub {house.url} --name {name}"
    refused = attic.enroll(ask)
    assert f"waiting: approve device {name}" in refused.stderr
    waiting = page.locator(f'.attention [data-device="{name}"]')
    expect(waiting).to_be_visible(timeout=30_000)
    assert str(waiting.locator("code").text_content()) in refused.stderr
    waiting.get_by_role("button", name="Approve").click()
    card = page.locator(f'.device[data-device="{name}"]')
    expect(card).to_contain_text("Not seen yet")
    assert attic.enroll(ask).returncode == 0
    attic.start()
    expect(card).to_contain_text("Online", timeout=60_000)

    address = f"/api/devices/{name}/health"
    while (health := api.call("GET", address)["health"]) is None:  # the pytest timeout bounds the wait
        page.wait_for_timeout(300)
    page.reload()
    disk = card.locator('[data-measure="disk_free_mb"]')
    expect(disk.locator("path.spark")).to_have_attribute("d", re.compile(r"^M[\d.]+ [\d.]+"))
    expect(disk.locator("dd").first).to_contain_text(f"{health['disk_free_mb'] / 1000:.1f} GB")
    card.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke the device").click()
    expect(card).to_have_count(0)
    while api.call("GET", f"/api/devices/{name}")["online"]:
        page.wait_for_timeout(300)


def test_a_guest_sees_one_camera_and_only_as_long_as_they_may(
    house: NewHub, api: Api, page: Page, chromium: Browser
) -> None:
    """A viewer of one camera; their own password; a log-in that is ended elsewhere takes its video with it."""
    hidden = api.call("POST", "/api/cameras", {"name": GARDEN, "source_url": "rtsp://127.0.0.1:1/x"})["id"]
    sign_in(page, house.url, "anna", PASSWORD)
    page.goto(f"{house.url}/users")
    page.get_by_role("button", name="Add a user").click()
    page.get_by_label("User name").fill("emil")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("All cameras").uncheck()
    page.get_by_label(FRONT).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="emil")).to_contain_text("viewer")

    first, second = (chromium.new_context().new_page() for _ in range(2))
    sign_in(first, house.url, "emil", PASSWORD)
    expect(first.locator(".tile h2")).to_have_text([FRONT])
    expect_video(first, FRONT)
    assert first.request.get(f"{house.url}/api/cameras/{hidden}").status == 404
    first.goto(f"{house.url}/settings")
    first.get_by_label("Present password").fill(PASSWORD)
    first.get_by_label("New password").fill("a sentence that is new")
    first.get_by_role("button", name="Change the password").click()
    first.wait_for_url("**/login**")
    sign_in(first, house.url, "emil", "a sentence that is new")
    sign_in(second, house.url, "emil", "a sentence that is new")
    expect_video(second, FRONT)
    first.goto(f"{house.url}/settings")
    first.get_by_role("button", name="Sign out everywhere else").click()
    first.get_by_role("dialog").get_by_role("button", name="Sign out").click()
    second.wait_for_url("**/login**", timeout=60_000)
    first.goto(house.url)
    expect_video(first, FRONT)

    page.get_by_role("button", name="Delete emil").click()
    page.get_by_role("button", name="Delete the user").click()
    first.wait_for_url("**/login**", timeout=60_000)
    for guest in (first, second):
        guest.context.close()
