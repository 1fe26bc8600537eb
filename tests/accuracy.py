"""The accuracy report: recall by face size, precision, alarms and visits on the annotated media, with a contact sheet.

usage: python -P tests/accuracy.py [MEDIA_DIR] [--out DIR]
MEDIA_DIR is WATCHPOST_TEST_DATA by default, else ../shared/data; DIR is build/accuracy.

A detection hits a face when their IoU is at least 0.4, or at least 0.2 and each holds the other's centre; one detection
per face, surest first. What lies on an `ignore` box counts neither way.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np

from edge.detect.blazeface import Detectors, load_detectors
from edge.detect.letterbox import RgbImage
from edge.detect.search import find_faces
from edge.seeing.sight import Sight
from edge.tools.scoring import hits, holds_centre, iou
from edge.tools.stills import read_still
from edge.values import Box, Frame, Planes, VisitEvent
from edge.wire.messages import CameraSettings

BINS = ((0, 20), (20, 40), (40, 80), (80, 160), (160, 10**6))
CELL, COLUMNS = 160, 8


@dataclass
class Tally:
    """Faces wanted and found by height, and what was found where nobody is."""

    wanted: list[int] = field(default_factory=lambda: [0] * len(BINS))
    found: list[int] = field(default_factory=lambda: [0] * len(BINS))
    false: int = 0
    without_faces: int = 0
    alarms: int = 0
    cells: list[np.ndarray] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).parent.parent
    parser.add_argument(
        "media",
        nargs="?",
        type=Path,
        default=Path(os.environ.get("WATCHPOST_TEST_DATA", root.parent / "shared" / "data")),
    )
    parser.add_argument("--out", type=Path, default=root / "build" / "accuracy")
    arguments = parser.parse_args()
    if not (arguments.media / "faces.json").exists():
        raise SystemExit(f"no annotated media in {arguments.media}")
    cv2.setNumThreads(1)
    detectors = load_detectors()
    print(stills(detectors, arguments.media, arguments.out))
    print(clips(detectors, arguments.media))


def stills(detectors: Detectors, media: Path, out: Path) -> str:
    tally = Tally()
    for entry in json.loads((media / "faces.json").read_text()):
        picture = read_still(media / entry["file"]).upright
        start = time.process_time()
        boxes = [face.box for face in find_faces(detectors, RgbImage(picture))]
        tally.ms.append((time.process_time() - start) * 1000)
        count(tally, entry, boxes, picture)
    sheet = out / "misses-and-alarms.png"
    write_sheet(sheet, tally.cells)
    return text(tally, sheet)


def count(tally: Tally, entry: dict, boxes: list[Box], picture: np.ndarray) -> None:
    left = [Box(*face) for face in entry["faces"]]
    ignored = [Box(*face) for face in entry.get("ignore", [])]
    for face in left:
        tally.wanted[bin_of(face)] += 1
    for box in boxes:
        match = max((face for face in left if hits(box, face)), key=lambda face: iou(box, face), default=None)
        if match:
            left.remove(match)
            tally.found[bin_of(match)] += 1
        elif not any(hits(box, face) or holds_centre(face, box) for face in ignored):
            tally.false += 1
            tally.cells.append(cell(picture, box, f"alarm {Path(entry['file']).name}", (255, 80, 80)))
    tally.cells += [cell(picture, face, f"missed {Path(entry['file']).name}", (80, 160, 255)) for face in left]
    if not entry["faces"]:
        tally.without_faces += 1
        tally.alarms += bool(boxes)


def text(tally: Tally, sheet: Path) -> str:
    rows = [
        f"| {low}-{high if high < 10**6 else ''} px | {found}/{wanted} |"
        for (low, high), found, wanted in zip(BINS, tally.found, tally.wanted, strict=True)
    ]
    found, true = sum(tally.found[2:]), sum(tally.found)
    return "\n".join(
        [
            "| height | found |",
            "|---|---|",
            *rows,
            "",
            f"recall from 40 px {found / sum(tally.wanted[2:]):.3f}, precision {true / (true + tally.false):.3f}, "
            f"alarms on {tally.alarms} of {tally.without_faces} pictures without faces, "
            f"{np.median(tally.ms):.0f} ms a picture (median)",
            f"misses and alarms: {sheet}",
            "",
        ]
    )


def clips(detectors: Detectors, media: Path) -> str:
    rows = ["| clip | people | visits at 5/s | 10/s | every frame | ms a look at 5/s |", "|---|---|---|---|---|---|"]
    for clip in json.loads((media / "clips.json").read_text())["clips"]:
        runs = [watch(detectors, media / clip["file"], rate) for rate in (5, 10, 1000)]
        visits = " | ".join(spans(events) for events, _ in runs)
        rows.append(f"| {Path(clip['file']).name} | {clip['distinct_faces']} | {visits} | {runs[0][1]:.1f} |")
    return "\n".join(rows)


def spans(events: list[VisitEvent]) -> str:
    closed = [event for event in events if event.closed_s is not None]
    return (
        f"{len(closed)}: " + ", ".join(f"{event.opened_s:.1f}-{event.closed_s:.1f}" for event in closed)
        if closed
        else "0"
    )


def watch(detectors: Detectors, path: Path, looks_per_second: float) -> tuple[list[VisitEvent], float]:
    """The visits of a recording looked at so often in media time, and CPU ms a look."""
    sight, events, spent, next_s, time_s = Sight(detectors, CameraSettings()), [], [], 0.0, 0.0
    for index, (time_s, planes) in enumerate(frames(path)):
        if time_s >= next_s - 1e-6:
            next_s = max(next_s, time_s - 1 / looks_per_second) + 1 / looks_per_second
            start = time.process_time()
            events += sight.look(Frame(planes, time_s, time_s, index)).events
            spent.append((time.process_time() - start) * 1000)
    return [*events, *sight.close(time_s, time_s)], float(np.mean(spent))


def frames(path: Path) -> Iterator[tuple[float, Planes]]:
    with av.open(str(path)) as container:
        first_s = None
        for frame in container.decode(video=0):
            first_s = frame.time if first_s is None else first_s
            even = frame.reformat(width=frame.width // 2 * 2, height=frame.height // 2 * 2, format="yuv420p")
            yield frame.time - first_s, planes_of(even)


def planes_of(frame: av.VideoFrame) -> Planes:
    packed = frame.to_ndarray()
    height, width = frame.height, frame.width
    colour = packed[height:].reshape(2, height // 2, width // 2)
    return Planes(packed[:height], colour[0], colour[1])


def bin_of(face: Box) -> int:
    return next(index for index, (low, high) in enumerate(BINS) if low <= face.h < high)


def cell(picture: np.ndarray, box: Box, label: str, colour: tuple[int, int, int]) -> np.ndarray:
    side = 2.5 * max(box.w, box.h)
    step = side / CELL
    matrix = np.array([[step, 0, box.x + box.w / 2 - side / 2], [0, step, box.y + box.h / 2 - side / 2]], np.float32)
    shown = cv2.warpAffine(picture, matrix, (CELL, CELL), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    half_w, half_h = round(box.w / step / 2), round(box.h / step / 2)
    centre = CELL // 2
    cv2.rectangle(shown, (centre - half_w, centre - half_h), (centre + half_w, centre + half_h), colour, 1)
    cv2.putText(shown, label[:26], (2, CELL - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (255, 255, 255), 1, cv2.LINE_AA)
    return shown


def write_sheet(path: Path, cells: list[np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = max(1, -(-len(cells) // COLUMNS))
    sheet = np.zeros((rows * CELL, COLUMNS * CELL, 3), np.uint8)
    for index, shown in enumerate(cells):
        row, column = divmod(index, COLUMNS)
        sheet[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL] = shown
    cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
