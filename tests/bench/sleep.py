"""Sleep costs no visit, whatever the camera sends: the mixed scene in many encodings, each through the pipeline.

    python tests/bench/sleep.py [--dir build/sleep] [--only "NAME;NAME"]

A person crosses a still scene during the middle fifth of thirty seconds. Prints one row for each way to encode it:
how many of the face's frames had a box, how long after the face came into view its visit opened, how many pictures
were decoded, and the CPU of a frame.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.pipeline.lookout import Lookout
from edge.pipeline.meter import Meter
from edge.seeing.sight import Detectors, Sight, load_detectors
from edge.tools.replaying import Replay
from edge.tools.scoring import Score, read_truth
from edge.values import Box, VisitEvent
from edge.wire.messages import CameraSettings

HERE = Path(__file__).parent
SECONDS = 30
VARIANTS: dict[str, dict[str, str]] = {
    "as most cameras send": {},
    "constant bit rate, 1 Mbit/s": {"bit-rate": "1000000"},
    "two B-frames": {"b-frames": "2"},
    "10 frames a second": {"fps": "10"},
    "30 frames a second": {"fps": "30"},
    "a key picture every 10 s": {"key-s": "10"},
    "every 10 s, with B-frames": {"key-s": "10", "b-frames": "3"},
    "H.265": {"codec": "libx265"},
    "a night's noise": {"noise": "7"},
    "a face of 26 to 40 px": {"face-px": "40"},
    "another scene": {"scene": "coffee.png"},
}


@dataclass(frozen=True)
class Outcome:
    """What became of one clip; times in seconds, `opened_after_s` for each visit."""

    score: Score
    opened_after_s: tuple[float, ...]
    decoded: int
    frames: int
    cpu_ms: float


class Told:
    """Notes when boxes and visits are there, by the time of the unit that has just arrived."""

    def __init__(self) -> None:
        self.boxes: dict[float, tuple[Box, ...]] = {}
        self.opened_s: dict[UUID, float] = {}
        self._new: set[UUID] = set()

    def visit(self, event: VisitEvent) -> None:
        self._new.add(event.visit_id)

    def frame(self, time_s: float, boxes: tuple[Box, ...]) -> None:
        self.boxes[time_s] = boxes
        self.opened_s = dict.fromkeys(self._new, time_s) | self.opened_s
        self._new.clear()


def replayed(clip: Path, detectors: Detectors) -> Outcome:
    truth, told = read_truth(clip.with_suffix(".json")), Told()
    settings, clock = CameraSettings(), SystemClock()
    lookout = Lookout(lambda: Sight(detectors, settings), settings.detections_per_second, told.visit, Meter(""), clock)
    replay = Replay(camera_for(str(clip), clock, live=False), lookout, settings.min_face_px, None)
    began = time.process_time()
    done = replay.run(observer=told.frame)
    cpu_ms = 1000 * (time.process_time() - began) / done.frames
    times, score = sorted(told.boxes), Score()
    for known, time_s in zip(truth, times, strict=True):
        score.add(known, told.boxes[time_s])
    came_s = next(time_s for known, time_s in zip(truth, times, strict=True) if known.faces)
    return Outcome(score, tuple(at - came_s for at in told.opened_s.values()), done.decoded, done.frames, cpu_ms)


def clip_of(directory: Path, name: str) -> Path:
    words = {"fps": "25", **VARIANTS[name]}
    folder = directory / name.replace(" ", "-").replace(",", "").replace("/", "")
    flags = [f"--{flag}={value}" for flag, value in words.items()]
    made = ["--kind=mixed", "--height=720", f"--frames={SECONDS * int(words['fps'])}", *flags]
    subprocess.run([sys.executable, HERE / "clips.py", folder, *made], check=True)
    return folder / "mixed-720.mp4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, default=HERE.parents[1] / "build" / "sleep")
    parser.add_argument("--only", default=";".join(VARIANTS))
    options = parser.parse_args()
    detectors = load_detectors()
    print("| encoded | face's frames boxed | false boxes a frame | visits | opened after | decoded | CPU a frame |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in options.only.split(";"):
        outcome = replayed(clip_of(options.dir, name), detectors)
        opened = ", ".join(f"{after_s:.2f} s" for after_s in outcome.opened_after_s)
        share = f"{outcome.score.recall:.3f} | {outcome.score.false_per_frame:.4f} | {len(outcome.opened_after_s)}"
        decoded = f"{outcome.decoded} of {outcome.frames}"
        print(f"| {name} | {share} | {opened} | {decoded} | {outcome.cpu_ms:.2f} ms |", flush=True)


if __name__ == "__main__":
    main()
