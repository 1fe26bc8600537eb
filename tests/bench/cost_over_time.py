"""What each second of a clip costs: CPU over the stream's own time, watched, overlaid and not, as a picture.

    python tests/bench/cost_over_time.py CLIP OUT.svg

`make bench` draws it for its mixed clip. The shaded band is where the clip's known faces are, CLIP's .json, made by
tests/bench/clips.py.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.pipeline.lookout import Lookout
from edge.pipeline.meter import Meter
from edge.seeing.sight import Detectors, Sight, load_detectors
from edge.stream.encoder import AccessUnit, VideoShape
from edge.tools.replaying import Replay, Viewer
from edge.tools.scoring import read_truth
from edge.values import Box
from edge.wire.messages import BoxStyle, CameraSettings

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 960, 300, 56, 24, 34, 150
WAYS: dict[str, tuple[bool, BoxStyle, str]] = {
    "watched, burnt": (True, BoxStyle.BURNT, "#b03a2e"),
    "watched, overlay": (True, BoxStyle.OVERLAY, "#d68910"),
    "unwatched": (False, BoxStyle.BURNT, "#2471a3"),
}


def seconds_of(clip: str, detectors: Detectors, watched: bool, boxes: BoxStyle) -> list[float]:
    """CPU milliseconds of each second of the clip."""
    settings, clock, cost = CameraSettings(boxes=boxes), SystemClock(), dict[int, float]()
    looks = settings.detections_per_second
    lookout = Lookout(lambda: Sight(detectors, settings), looks, lambda _: None, Meter(""), clock)
    viewer: Viewer | None = _drop if watched else None
    replay = Replay(camera_for(clip, clock, live=False), lookout, settings.min_face_px, viewer, boxes)
    begun = _since_last()

    def note(time_s: float, _: tuple[Box, ...]) -> None:
        second = int(time_s - replay.first_s) if replay.first_s else 0
        cost[second] = cost.get(second, 0.0) + 1000 * begun()

    replay.run(observer=note)
    return [cost[second] for second in sorted(cost)]


def _drop(unit: AccessUnit, shape: VideoShape) -> None:
    """Nobody is there."""


def _since_last() -> Callable[[], float]:
    last = time.process_time()

    def since() -> float:
        nonlocal last
        before, last = last, time.process_time()
        return last - before

    return since


def drawn(costs: dict[str, list[float]], face_s: tuple[float, float]) -> str:
    """The picture, SVG."""
    most, last = max(map(max, costs.values())), max(map(len, costs.values())) - 1
    across, down = (WIDTH - LEFT - RIGHT) / last, HEIGHT - TOP - BOTTOM

    def y(cost: float) -> float:
        return TOP + down * (1 - cost / most)

    left, wide = LEFT + across * face_s[0], across * (face_s[1] - face_s[0])
    words = [_text(LEFT, 14, "CPU milliseconds for each second of the clip")]
    words += [f'<rect x="{left:.1f}" y="{TOP}" width="{wide:.1f}" height="{down}" fill="#8883" />']
    words += [_text(left + 4, TOP + 12, "somebody is there")]
    for mark in range(0, int(most) + 1, 10 ** max(0, len(str(int(most))) - 1)):
        words += [f'<path d="M{LEFT},{y(mark):.1f}H{WIDTH - RIGHT}" stroke="#8884" />']
        words += [_text(4, y(mark) + 3, f"{mark} ms")]
    words += [_text(LEFT + across * at - 6, HEIGHT - 14, f"{at} s") for at in range(0, last + 1, 5)]
    for at, (name, values) in enumerate(costs.items()):
        points = " ".join(f"{LEFT + across * second:.1f},{y(value):.1f}" for second, value in enumerate(values))
        words += [f'<polyline points="{points}" fill="none" stroke="{WAYS[name][2]}" stroke-width="2" />']
        words += [_text(WIDTH - RIGHT + 8, TOP + 16 + 18 * at, name, WAYS[name][2])]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
    return "".join([head, *words, "</svg>\n"])


def _text(x: float, y: float, words: str, colour: str = "#777") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" fill="{colour}">{words}</text>'


def main() -> None:
    clip, out = sys.argv[1:3]
    truth = read_truth(Path(clip).with_suffix(".json"))
    there = [index / 25 for index, frame in enumerate(truth) if frame.faces]
    detectors = load_detectors()
    seconds_of(clip, detectors, watched=True, boxes=BoxStyle.BURNT)  # once for the caches
    costs = {name: seconds_of(clip, detectors, watched, boxes) for name, (watched, boxes, _) in WAYS.items()}
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(out).write_text(drawn(costs, (there[0], there[-1])))


if __name__ == "__main__":
    main()
