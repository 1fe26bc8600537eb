"""Every page for everybody: axe finds nothing, light and dark, wide and narrow; and the load is small and still."""

from collections.abc import Iterator
from typing import Any

import pytest
from dashboard_site import FakeFeed, Site, running_site, with_moving_pictures
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
FIRST_LOAD = 150 * 1024
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
  .observe({ type: "layout-shift", buffered: true });
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


def visit(page: Page, site: Site, path: str) -> None:
    with_moving_pictures(page)
    FakeFeed(page)
    site.log_in(page)
    page.goto(site.url + path)
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing(site: Site, chromium: Browser, scheme: Any, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    size = {"width": width, "height": 900}
    context = chromium.new_context(color_scheme=scheme, viewport=size, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}/login")
    found = {"/login": violations(axe, page)}
    visit(page, site, "/")
    pages = ["/alerts", "/alert", "/cameras", "/cameras/new", "/cameras/1", "/devices", "/devices/pi", "/overview"]
    if (scheme, width) in (("dark", 390), ("light", 1440)):  # these are made of the same parts: two looks will do
        pages += ["/settings/tokens", "/settings/storage", "/audit", "/setup"]
    for path in ["/", *pages, "/users", "/settings", "/styleguide", "/nope"]:
        page.goto(site.url + ("/alerts" if path == "/alert" else path))
        if path == "/alert":
            page.locator(".shot-link").first.click()
        page.wait_for_load_state("networkidle")
        found[path] = violations(axe, page)
    context.close()
    assert {path: some for path, some in found.items() if some} == {}
    assert [url for url in asked if not url.startswith((site.url, "blob:", "data:"))] == []


def violations(axe: Any, page: Page) -> list[str]:
    answer = axe.run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in answer]


@pytest.mark.parametrize("path", ["/", "/alerts", "/cameras", "/cameras/1", "/devices/pi", "/overview", "/settings"])
def test_nothing_shifts_while_a_page_loads(site: Site, page: Page, path: str) -> None:
    page.add_init_script(SHIFTS)
    visit(page, site, path)
    assert page.evaluate("window.shift") < 0.02


def test_the_first_load_is_small(site: Site, page: Page) -> None:
    """Everything but pictures of cameras, as it goes over the wire, into an empty cache; nothing from elsewhere."""
    FakeFeed(page)
    site.log_in(page)
    protocol = page.context.new_cdp_session(page)
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}
    protocol.on("Network.responseReceived", lambda e: addresses.update({e["requestId"]: e["response"]["url"]}))
    protocol.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    protocol.send("Network.enable")
    protocol.send("Network.clearBrowserCache")
    page.goto(f"{site.url}/")
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)  # what modules ask for on their start
    assert all(address.startswith(site.url) for address in addresses.values())
    assert sum(size for key, size in sizes.items() if "/snapshot" not in addresses.get(key, "")) < FIRST_LOAD
