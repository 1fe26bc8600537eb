"""Every page for everybody: axe finds nothing, light and dark, wide and narrow; nothing moves; each load is small."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dashboard_site import FakeFeed, Site, running_site, with_moving_pictures
from every_page import pages
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FIRST_LOAD = 150 * 1024
LEFT = {
    "watchpost.layout": '"focus"',
    "watchpost.focus": "2",
    "watchpost.order": "[3, 2, 1]",
    "watchpost.feed": "false",
}
"""What the live page's script keeps of how a viewer left it."""
SHIFTS = """
window.shifts = [];
const named = ({ node }) => (node?.nodeType === 1 ? node.cloneNode().outerHTML : `"${node?.textContent}"`);
new PerformanceObserver((list) => {
  for (const { value, sources } of list.getEntries()) window.shifts.push([value, ...sources.map(named)]);
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("site")) as running:
        names = ("Front door", "Garage", "Corridor", "Attic")
        values: tuple[dict[str, Any], ...] = (
            {"location": "House"},
            {"pin": "stop", "pinned_by": "bert"},
            {"state": "offline", "state_reason": "connection refused", "state_since": datetime.now(UTC)},
            {"enabled": False},
        )
        ids = [running.add_camera(name, **some) for name, some in zip(names, values, strict=True)]
        for number in range(12):
            running.add_alert(ids[number % 3], 700 * number)
        yield running


@pytest.fixture(scope="module")
def every(site: Site) -> list[str]:
    """The paths of all pages, of a camera, a device and an alert that exist."""
    return pages(site.app, camera_id=1, device_id="pi", alert_id=site.add_alert(1, 60))


def opened(context: BrowserContext, site: Site, path: str = "/") -> Page:
    """A page that its script has taken over, with video and a feed that need no server."""
    page = context.new_page()
    with_moving_pictures(page)
    FakeFeed(page)
    site.let_in(page)
    show(page, site, path)
    return page


def show(page: Page, site: Site, path: str) -> None:
    answer = page.goto(site.url + path)
    assert answer is not None
    assert answer.status in {200, 404}, path
    assert "default-src 'self'" in answer.headers["content-security-policy"], path
    page.wait_for_load_state("networkidle")


class Look(NamedTuple):
    """What one load of each page showed, by path."""

    broken: dict[str, list[str]]
    moved: dict[str, list[Any]]
    loads: dict[str, float]
    elsewhere: list[str]


@pytest.fixture(scope="module", params=[("light", 1440), ("dark", 390)], ids=["light-wide", "dark-narrow"])
def look(request: pytest.FixtureRequest, site: Site, every: list[str], chromium: Browser) -> Iterator[Look]:
    """Every page loaded once, with an empty cache, and looked at in all ways: loads are what takes the time here."""
    scheme, width = request.param
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    context.add_init_script(SHIFTS)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    seen = Look({}, {}, {}, [])
    page = context.new_page()
    page.goto(f"{site.url}/login")
    seen.broken["/login"] = violations(axe, page)
    page.close()
    page = opened(context, site)
    wire = Wire(context.new_cdp_session(page))
    for path in every:
        wire.forget()
        seen.moved[path] = _shifts(page, site, path)
        seen.loads[path] = wire.size
        seen.elsewhere.extend(url for url in wire.addresses if not url.startswith((site.url, "blob:", "data:")))
        page.emulate_media(reduced_motion="reduce")  # colours are judged when nothing fades any more
        seen.broken[path] = violations(axe, page)
        page.emulate_media(reduced_motion="no-preference")
    yield seen
    context.close()


class Wire:
    """What a page's loads are in bytes, as they go over the wire; pictures of cameras are not counted."""

    def __init__(self, protocol: CDPSession) -> None:
        self._protocol = protocol
        self._addresses: dict[str, str] = {}
        self._sizes: dict[str, float] = {}
        protocol.on(
            "Network.requestWillBeSent", lambda e: self._addresses.update({e["requestId"]: e["request"]["url"]})
        )
        protocol.on("Network.loadingFinished", lambda e: self._sizes.update({e["requestId"]: e["encodedDataLength"]}))
        protocol.send("Network.enable")

    def forget(self) -> None:
        self._protocol.send("Network.clearBrowserCache")
        self._addresses.clear()
        self._sizes.clear()

    @property
    def addresses(self) -> list[str]:
        return list(self._addresses.values())

    @property
    def size(self) -> float:
        return sum(size for key, size in self._sizes.items() if "/snapshot" not in self._addresses.get(key, ""))


def test_axe_finds_nothing(look: Look) -> None:
    assert {path: found for path, found in look.broken.items() if found} == {}


def test_nothing_moves_while_a_page_loads(look: Look) -> None:
    assert {path: shifts for path, shifts in look.moved.items() if shifts} == {}


def test_every_first_load_is_small(look: Look) -> None:
    assert min(look.loads.values()) > 2000
    assert {path: load for path, load in look.loads.items() if load > FIRST_LOAD} == {}


def test_nothing_comes_from_elsewhere(look: Look) -> None:
    assert look.elsewhere == []


def violations(axe: Any, page: Page) -> list[str]:
    answer = axe.run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in answer]


@pytest.mark.parametrize("address", ["/", "/?wall=1", "/?camera=3"])
def test_nothing_moves_into_the_order_that_was_left(site: Site, chromium: Browser, address: str) -> None:
    """Order, layout, large tile and the feed's absence are there at the first paint."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(SHIFTS)
    page = opened(context, site)
    page.evaluate("kept => Object.entries(kept).forEach(([name, value]) => localStorage.setItem(name, value))", LEFT)
    assert _shifts(page, site, address) == []
    order = [tile.get_attribute("data-camera") for tile in page.locator(".tile").all()]
    large = page.locator(".tile[data-focus]").get_attribute("data-camera")
    context.close()
    assert order == ["3", "2", "1", "4"]
    assert large == ("3" if "camera" in address else "2")


def _shifts(page: Page, site: Site, path: str) -> list[Any]:
    show(page, site, path)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    shifts: list[Any] = page.evaluate("window.shifts")
    return shifts


def test_every_page_reads_without_scripts(site: Site, every: list[str], chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    site.log_in(page)
    for path in every:
        page.goto(site.url + path)
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        assert page.get_by_role("main").inner_text().strip() != "", path
    context.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_first_page_of_a_new_hub(tmp_path: Path, chromium: Browser, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with running_site(tmp_path, is_new=True) as new:
        context = chromium.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
        context.add_init_script(SHIFTS)
        page = context.new_page()
        show(page, new, "/")
        assert page.url == f"{new.url}/welcome"
        assert page.evaluate("window.shifts") == []
        assert violations(axe, page) == []
        context.close()
