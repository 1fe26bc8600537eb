"""Records what seeing found in the annotated clips, so that tracks and visits are tested as pure functions of it.

usage: .venv/bin/python -P tests/golden/visits/make.py MEDIA_DIR [MORE_CLIPS...]

Writes one JSON file per clip: the confirmed faces of each look at 5 looks a second (box, score, quality, whether
something stirred, whether a body was there), and the visits that came of them. Look at a changed golden file by eye.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av

from edge.seeing.sight import Sight, load_detectors
from edge.seeing.visits import Sighting, Visits
from edge.values import Box, Frame, Planes, VisitEvent
from edge.wire.messages import CameraSettings

HERE = Path(__file__).parent
LOOKS_PER_SECOND = 5
SETTINGS = CameraSettings()


class RecordingVisits(Visits):
    """Notes every look before handling it."""

    def __init__(self, settings: CameraSettings) -> None:
        super().__init__(settings)
        self.looks: list[dict[str, object]] = []

    def update(
        self, frame: Frame, sightings: Sequence[Sighting], occupied: Callable[[Box], bool]
    ) -> tuple[VisitEvent, ...]:
        asked: list[bool] = []
        events = super().update(frame, sightings, lambda box: note(asked, occupied(box)))
        faces = [as_json(seen) for seen in sightings]
        self.looks.append({"t": round(frame.time_s, 3), "faces": faces, "body": any(asked)})
        return events


def note(asked: list[bool], answer: bool) -> bool:
    asked.append(answer)
    return answer


def as_json(seen: Sighting) -> dict[str, object]:
    box = seen.track.face.box
    return {
        "box": [round(value, 1) for value in (box.x, box.y, box.w, box.h)],
        "score": round(seen.track.face.score, 4),
        "quality": round(seen.quality, 4),
        "stirring": seen.stirring,
    }


def record(path: Path) -> dict[str, object]:
    sight, visits = Sight(load_detectors(), SETTINGS), RecordingVisits(SETTINGS)
    sight._visits = visits
    events, next_s, time_s, width, height = [], 0.0, 0.0, 0, 0
    for index, (time_s, planes) in enumerate(frames(path)):
        width, height = planes.width, planes.height
        if time_s >= next_s - 1e-6:
            next_s = max(next_s, time_s - 1 / LOOKS_PER_SECOND) + 1 / LOOKS_PER_SECOND
            events += sight.look(Frame(planes, time_s, time_s, index)).events
    events += sight.close(time_s, time_s)
    return {
        "width": width,
        "height": height,
        "end_s": round(time_s, 3),
        "looks": visits.looks,
        "visits": closed(events),
    }


def closed(events: list[VisitEvent]) -> list[dict[str, float]]:
    return [
        {
            "opened_s": round(event.opened_s, 3),
            "closed_s": round(event.closed_s, 3),
            "faces": event.faces,
            "best_s": round(event.best.frame.time_s, 3),
        }
        for event in sorted(events, key=lambda event: event.opened_s)
        if event.closed_s is not None
    ]


def frames(path: Path) -> Iterator[tuple[float, Planes]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            packed = frame.to_ndarray(format="yuv420p")
            u, v = packed[frame.height :].reshape(2, frame.height // 2, frame.width // 2)
            yield frame.time, Planes(packed[: frame.height], u, v)


if __name__ == "__main__":
    media, *more = map(Path, sys.argv[1:])
    for clip in [*sorted((media / "clips").glob("*.mp4")), *more]:
        (HERE / f"{clip.stem}.json").write_text(json.dumps(record(clip)).replace('{"t"', '\n{"t"') + "\n")
