"""`make bench-dashboard`: is the live page smooth under its full load, and does a day of running leave anything behind?

Smooth: 50 tiles (9 play, the rest show their latest picture) and 1,000 alerts with pictures in the feed are scrolled
from end to end while alerts keep coming; the renderer's trace is kept and searched for tasks of over 50 ms.
Leaks: with the feed full, 2,000 more alerts and 200 lost connections; the heap after garbage collection and the
number of nodes, each time.
The video is painted in the page, so that the figures are the page's own and not those of a decoder on the same cores.
"""

import argparse
import json
import logging
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import structlog
from conftest import CHROMIUM, FLAGS
from dashboard_site import FakeFeed, Site, an_alert, running_site, with_moving_pictures
from dashboard_trace import Task, busy, main_thread_tasks
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from hub.services import EXTENSION
from hub.store.segments import SegmentWriter

CAMERAS, ALERTS, MORE, LOSSES = 50, 1000, 2000, 200
LONG_MS = 50.0
GROWTH = 1.1
STEPS = 60  # turns of the wheel from one end to the other
SHOWN = "document.querySelectorAll('#feed-list > li').length"


def main() -> None:
    """Print one JSON line for each part; exit 1 when a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    arguments.add_argument("--trace", type=Path, default=Path("build/dashboard-trace.json"))
    arguments.add_argument("--only", choices=["scroll", "leaks"])
    given = arguments.parse_args()
    given.trace.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as place, running_site(Path(place)) as site, sync_playwright() as play:
        _fill(site)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--js-flags=--expose-gc"])
        good = [part(browser, site, given.trace) for name, part in PARTS.items() if given.only in (None, name)]
        browser.close()
    sys.exit(0 if all(good) else 1)


def scroll(browser: Browser, site: Site, trace: Path) -> bool:
    """Everything from end to end and back, with alerts coming in."""
    page, feed = _opened(browser, site)
    expect(page.locator(".tile[data-picture=live]")).to_have_count(9, timeout=60_000)
    _whole_feed(page)
    browser.start_tracing(page=page, path=trace, categories=["toplevel", "devtools.timeline", "blink.user_timing"])
    for selector in ("#feed-scroll", "#wall-area"):
        _wheel(page, feed, selector)
    browser.stop_tracing()
    tasks = main_thread_tasks(json.loads(trace.read_text())["traceEvents"])
    _tell("scroll", tiles=page.locator(".tile").count(), alerts=page.evaluate(SHOWN), **_verdict(tasks))
    page.context.close()
    return max(task.cpu_ms for task in tasks) <= LONG_MS


def leaks(browser: Browser, site: Site, _trace: Path) -> bool:
    """The heap and the nodes with a full feed, before and behind a day of alerts and lost connections."""
    page, feed = _opened(browser, site)
    _whole_feed(page)
    protocol = page.context.new_cdp_session(page)
    _alerts(page, feed, ALERTS + 200)  # every item has come by the socket, and what is loaded later on is loaded
    before = _heap(page, protocol)
    for _ in range(LOSSES):
        _alerts(page, feed, MORE // LOSSES)
        _lose(page, feed)
    after = _heap(page, protocol)
    ratios = {name: round(after[name] / before[name], 3) for name in ("bytes", "nodes")}
    _tell("leaks", alerts=MORE, connections=len(feed.urls), before=before, after=after, ratios=ratios)
    page.context.close()
    return max(ratios.values()) <= GROWTH


PARTS = {"scroll": scroll, "leaks": leaks}


def _opened(browser: Browser, site: Site) -> tuple[Page, FakeFeed]:
    page = browser.new_context(viewport={"width": 1920, "height": 1080}).new_page()
    with_moving_pictures(page)
    feed = FakeFeed(page)
    site.log_in(page)
    return page, feed


def _whole_feed(page: Page) -> None:
    while page.evaluate(SHOWN) < ALERTS:
        page.evaluate("document.getElementById('feed-scroll').scrollTop = 1e9")
        page.wait_for_timeout(60)
    page.evaluate("document.getElementById('feed-scroll').scrollTop = 0")


def _wheel(page: Page, feed: FakeFeed, selector: str) -> None:
    box = page.locator(selector).bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    end = page.locator(selector).evaluate("element => element.scrollHeight - element.clientHeight")
    for by in (end / STEPS, -end / STEPS):
        for step in range(STEPS):
            page.mouse.wheel(0, by)
            page.wait_for_timeout(20)
            if step % 6 == 0:
                feed.tell("alert", an_alert(step % CAMERAS + 1))


def _alerts(page: Page, feed: FakeFeed, count: int) -> None:
    page.mouse.move(600, 500)
    for number in range(count):
        alert = an_alert(1 + number % CAMERAS)
        feed.tell("alert", alert, str(number))
        feed.tell("alert", {**alert, "closed_at": alert["opened_at"]}, str(number))
    page.wait_for_timeout(20)


def _lose(page: Page, feed: FakeFeed) -> None:
    before = len(feed.urls)
    feed.sockets[-1].close()
    del feed.sockets[:-1]
    while len(feed.urls) == before:
        page.wait_for_timeout(25)


def _heap(page: Page, protocol: CDPSession) -> dict[str, int]:
    page.wait_for_timeout(3000)  # animations of what came last, timers that are due
    for _ in range(3):
        protocol.send("HeapProfiler.collectGarbage")
    counters = protocol.send("Memory.getDOMCounters")
    used = int(protocol.send("Runtime.getHeapUsage")["usedSize"])
    return {"bytes": used, "nodes": counters["nodes"], "listeners": counters["jsEventListeners"]}


def _verdict(tasks: list[Task]) -> dict[str, Any]:
    longest = sorted(tasks, key=lambda task: -task.cpu_ms)[:5]
    return {
        "tasks": len(tasks),
        "over_50_ms_cpu": sum(task.cpu_ms > LONG_MS for task in tasks),
        "over_50_ms_wall": sum(task.wall_ms > LONG_MS for task in tasks),
        "longest": [{"cpu_ms": round(task.cpu_ms, 1), "at_s": _since(tasks, task), **_parts(task)} for task in longest],
        "busy_part": round(busy(tasks), 3),
    }


def _since(tasks: list[Task], task: Task) -> float:
    return round((task.at_ms - tasks[0].at_ms) / 1000, 1)


def _parts(task: Task) -> dict[str, float]:
    """What took most of a task, in milliseconds."""
    return {name: round(ms, 1) for name, ms in task.parts.most_common(6) if ms >= 1}


def _fill(site: Site) -> None:
    """Cameras, and alerts with a picture each: noise, which compresses worse than any street."""
    noise = np.random.default_rng(1)
    pictures = [_picture(noise) for _ in range(20)]
    folder = site.app.extensions[EXTENSION].settings.data_dir / "pictures"
    writer = SegmentWriter(folder)
    places = writer.append(pictures)
    writer.close()
    ids = [site.add_camera(f"Camera {number:02}", location="House") for number in range(CAMERAS)]
    for number in range(ALERTS + 20):
        which = number % len(pictures)
        digest = sha256(pictures[which]).digest()
        site.add_alert(ids[number % CAMERAS], 20 * number, place=places[which], picture_sha256=digest)


def _picture(noise: np.random.Generator) -> bytes:
    small = noise.integers(0, 255, (54, 96, 3), np.uint8)
    return cv2.imencode(".jpg", cv2.resize(small, (960, 540), interpolation=cv2.INTER_CUBIC))[1].tobytes()


def _tell(part: str, **values: Any) -> None:
    sys.stdout.write(json.dumps({"part": part, **values}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
