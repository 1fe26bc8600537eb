"""From a camera's glass to a browser's screen: how long pictures take, drawn on and passed on, through each server.

`python tests/bench/media.py [SECONDS]`: a simulated RTSP camera of 720p at 25 pictures a second, the device's own
pipeline with real models, the hub, each media server that can be had (WATCHPOST_MEDIAMTX), and Debian's Chromium.
One JSON object a run. Then with an encoder that takes as long as five pictures for each.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "integration/video"), str(TESTS / "edge")]

from media_rig import KINDS, MediaRig, running_rig  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from video_rig import Simulator  # noqa: E402

from edge.clock import SystemClock  # noqa: E402
from edge.pipeline.pipeline import CameraPipeline  # noqa: E402
from edge.seeing.sight import Sight, load_detectors  # noqa: E402
from edge.stream.boxed import BoxedVideo, Shot  # noqa: E402
from edge.stream.encoder import AccessUnit  # noqa: E402
from edge.stream.outflow import Outlet  # noqa: E402
from edge.wire.messages import BoxStyle, CameraDesired, CameraHealth, CameraSettings  # noqa: E402
from hub.media.mediamtx import find_mediamtx  # noqa: E402

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--autoplay-policy=no-user-gesture-required"]
START = (TESTS / "browser/play.js").read_text()
SLOW_S = 0.2


@contextmanager
def pipeline(rig: MediaRig, source: str, boxes: BoxStyle) -> Iterator[CameraPipeline]:
    """A camera of a device of its own, watched."""
    agent = rig.agent(f"{rig.media.kind}-{boxes}-{time.monotonic_ns()}")
    camera_id = rig.camera(agent)
    settings, models = CameraSettings(boxes=boxes), load_detectors()
    url = f"{rig.media.rtsp_url}/{camera_id}?token={agent.token(camera_id)}"
    desired = CameraDesired(str(camera_id), "bench", source, wanted=True, settings=settings)
    running = CameraPipeline(
        desired, lambda _: None, Outlet(lambda: url), lambda: Sight(models, settings), SystemClock(), lambda: None
    )
    running.start()
    try:
        rig.wait_online(camera_id)
        yield running
    finally:
        running.stop()


def watched(rig: MediaRig, page: Page, running: CameraPipeline, seconds: float) -> dict[str, Any]:
    """What the player and the device measure in so many seconds."""
    camera_id = running.reported().id
    page.goto(f"{rig.url}/test/page")
    token = rig.user(f"viewer-{time.monotonic_ns()}")
    page.evaluate(START, [f"/api/cameras/{camera_id}/stream/watch", token])
    page.wait_for_timeout(4000)
    running.health()
    page.wait_for_timeout(1000 * seconds)
    return {**figures(running.health()), "player": page.evaluate("player.stats()")}


def figures(health: CameraHealth) -> dict[str, Any]:
    names = ("frames", "dropped", "lag_ms", "glass_to_video_ms_p50", "glass_to_video_ms_p95", "encoder")
    return {name: getattr(health, name) for name in names}


def overloaded(running: CameraPipeline, seconds: float) -> dict[str, Any]:
    """The same with an encoder that needs SLOW_S for every picture."""
    draw = BoxedVideo.units

    def slowly(self: BoxedVideo, shot: Shot) -> list[AccessUnit]:
        time.sleep(SLOW_S)
        return draw(self, shot)

    BoxedVideo.units = slowly  # type: ignore[method-assign]
    try:
        time.sleep(2)
        running.health()
        time.sleep(seconds)
        return figures(running.health())
    finally:
        BoxedVideo.units = draw  # type: ignore[method-assign]


def main(seconds: float) -> None:
    camera = Simulator("rtsp_camera.py", "--size", "1280x720", "--fps", "25", "--gop", "50")
    kinds = [kind for kind in KINDS if kind == "relay" or find_mediamtx()]
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            for kind in kinds:
                with tempfile.TemporaryDirectory() as folder, running_rig(kind, Path(folder)) as rig:
                    for boxes in BoxStyle:
                        with pipeline(rig, camera.url(), boxes) as running, browser.new_page() as page:
                            say(kind, boxes, watched(rig, page, running, seconds))
                            if boxes is BoxStyle.BURNT:
                                say(kind, "burnt, slowed encoder", overloaded(running, seconds))
            browser.close()
    finally:
        camera.kill()


def say(kind: str, what: str, record: dict[str, Any]) -> None:
    print(json.dumps({"server": kind, "boxes": str(what), **record}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("seconds", type=float, nargs="?", default=20.0, help="how long each is watched")
    main(parser.parse_args().seconds)
