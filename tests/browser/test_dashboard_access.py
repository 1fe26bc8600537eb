"""Every page for everybody: axe finds nothing, light and dark, wide and narrow; nothing moves; each load is small."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dashboard_site import FakeFeed, Site, running_site, with_moving_pictures
from every_page import pages
from playwright.sync_api import Browser, BrowserContext, Page, expect

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
            {"state": "offline", "state_reason": "connection refused"},
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


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing(site: Site, every: list[str], chromium: Browser, scheme: Any, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    size = {"width": width, "height": 900}
    context = chromium.new_context(color_scheme=scheme, viewport=size, reduced_motion="reduce", bypass_csp=True)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    stranger = context.new_page()
    stranger.goto(f"{site.url}/login")
    found = {"/login": violations(axe, stranger)}
    page = opened(context, site)
    for path in every:
        show(page, site, path)
        found[path] = violations(axe, page)
    context.close()
    assert {path: some for path, some in found.items() if some} == {}
    assert [url for url in asked if not url.startswith((site.url, "blob:", "data:"))] == []


def violations(axe: Any, page: Page) -> list[str]:
    answer = axe.run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in answer]


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_moves_while_a_page_loads(site: Site, every: list[str], chromium: Browser, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    context.add_init_script(SHIFTS)
    page = opened(context, site)
    moved = {path: shifts for path in every if (shifts := _shifts(page, site, path))}
    context.close()
    assert moved == {}


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


def test_every_first_load_is_small(site: Site, every: list[str], chromium: Browser) -> None:
    """Everything but pictures of cameras, as it goes over the wire, into an empty cache; nothing from elsewhere."""
    context = chromium.new_context()
    page = opened(context, site)
    protocol = context.new_cdp_session(page)
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}
    protocol.on("Network.responseReceived", lambda e: addresses.update({e["requestId"]: e["response"]["url"]}))
    protocol.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    protocol.send("Network.enable")
    loads: dict[str, float] = {}
    for path in every:
        protocol.send("Network.clearBrowserCache")
        addresses.clear()
        sizes.clear()
        show(page, site, path)
        loads[path] = sum(size for key, size in sizes.items() if "/snapshot" not in addresses.get(key, ""))
        assert all(address.startswith((site.url, "blob:", "data:")) for address in addresses.values()), path
    context.close()
    assert min(loads.values()) > 2000
    assert {path: load for path, load in loads.items() if load > FIRST_LOAD} == {}


def test_every_page_reads_without_scripts(site: Site, every: list[str], chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    site.log_in(page)
    for path in every:
        show(page, site, path)
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
