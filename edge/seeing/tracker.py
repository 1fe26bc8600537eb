"""Follows faces from look to look: a constant-velocity model per face, nearest finds first; pure, time handed in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, hypot, inf, log

from edge.seeing.forecast import Course
from edge.values import Box, Face, Point, Track

LOST_S = 2.75
"""A track that nothing has confirmed for so long is over; until then it waits, e.g. two seconds behind a pillar, which
looks at intervals see as up to three quarters more: the last before was spared, the first behind looked elsewhere."""

GATE = 1.1
"""How far from its predicted place a face may be found, in face sizes, at the shortest interval."""

GATE_GROWTH_PER_S = 1.2
MAX_GATE = 2.2

FIRST_GROWTH_PER_S = 6.0
MAX_FIRST_GATE = 3.5
"""The same for a face seen once, whose way is not known: people walk at seven face sizes a second."""

SIZE_RATIO = 1.9
"""Faces whose sizes differ by more than this factor are not the same person from one look to the next."""

VELOCITY_SETTLES_S = 0.25
CROWDED_GAIN = 0.2
"""While two faces are about to cover each other a find may be either's: they keep going as they went."""

UNSEEN_S = 1.0
"""A face unseen for so long may have walked on as it did, or stopped: it is expected at both places."""

STEADY_HITS = 4
STEADY_SHIFT = 0.12
"""A face found this near to where it was expected, in face sizes, goes on as it goes."""


@dataclass(slots=True)
class _Motion:
    """One track's changing part; velocity in pixels per second, for the centre; `surprise` as by _distance."""

    track: Track
    velocity: Point = (0.0, 0.0)
    surprise: float = inf
    before: "_Motion | None" = None


class Tracker:
    """The live tracks of one camera."""

    def __init__(self) -> None:
        self._live: dict[int, _Motion] = {}
        self._next_id = 1

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Every live track, as last seen, oldest first."""
        return tuple(motion.track for motion in self._live.values())

    def predicted(self, track_id: int, time_s: float) -> Box:
        """Where a live track's face should be at `time_s` (before or after it was last seen)."""
        course = self.course(track_id)
        (x, y), box = course.travelled(time_s), course.box
        return Box(box.x + x, box.y + y, box.w, box.h)

    def course(self, track_id: int) -> Course:
        """How a live track's face moves."""
        motion = self._live[track_id]
        return Course(motion.track.face.box, motion.velocity, motion.track.seen_s)

    def is_steady(self, track_id: int) -> bool:
        """Whether the face was last found just where it was expected, with nobody near."""
        motion = self._live[track_id]
        return motion.track.hits >= STEADY_HITS and motion.surprise < STEADY_SHIFT

    def update(self, time_s: float, faces: Sequence[Face]) -> tuple[tuple[Track, ...], tuple[Track, ...]]:
        """Takes one look's finds. Returns a track for each face, in their order, and the tracks that have ended."""
        expected = {track_id: self.predicted(track_id, time_s) for track_id in self._live}
        pairs = self._pair(time_s, faces, expected)
        ids = [self._start(face, time_s) if index not in pairs else pairs[index] for index, face in enumerate(faces)]
        for index, track_id in pairs.items():
            others = [box for other, box in expected.items() if other != track_id]
            crowded = any(_distance(box, faces[index].box) < 1 for box in others)
            surprise = inf if crowded else _distance(expected[track_id], faces[index].box)
            self._advance(track_id, faces[index], time_s, surprise)
        return tuple(self._live[track_id].track for track_id in ids), self.drop_lost(time_s)

    def undo(self, track_id: int) -> None:
        """Takes back the latest find of a track: it was something else. A track that began with it is forgotten."""
        before = self._live.pop(track_id).before
        if before:
            self._live[track_id] = before

    def drop_lost(self, time_s: float) -> tuple[Track, ...]:
        """Ends the tracks that have not been seen for LOST_S."""
        over = [motion.track for motion in self._live.values() if time_s - motion.track.seen_s > LOST_S]
        for track in over:
            del self._live[track.track_id]
        return tuple(over)

    def _pair(self, time_s: float, faces: Sequence[Face], expected: dict[int, Box]) -> dict[int, int]:
        costs = []
        for track_id, motion in self._live.items():
            gate, places = _gate(motion.track, time_s), (expected[track_id], *_walked_on(motion, time_s))
            for index, face in enumerate(faces):
                cost = min(_distance(place, face.box) for place in places)
                if cost < gate:
                    costs.append((cost, track_id, index))
        pairs: dict[int, int] = {}
        taken: set[int] = set()
        for _, track_id, index in sorted(costs):
            if index not in pairs and track_id not in taken:
                pairs[index] = track_id
                taken.add(track_id)
        return pairs

    def _advance(self, track_id: int, face: Face, time_s: float, surprise: float) -> None:
        motion = self._live[track_id]
        motion.before, motion.surprise = replace(motion, before=None), surprise
        elapsed = time_s - motion.track.seen_s
        if elapsed > 0:
            measured = [
                (new - old) / elapsed
                for new, old in zip(_centre(face.box), _centre(motion.track.face.box), strict=True)
            ]
            gain = max(1 - exp(-elapsed / VELOCITY_SETTLES_S), 1 / motion.track.hits) * (
                CROWDED_GAIN if surprise == inf else 1.0
            )
            vx, vy = (old + gain * (new - old) for new, old in zip(measured, motion.velocity, strict=True))
            motion.velocity = (vx, vy)
        motion.track = replace(motion.track, face=face, seen_s=time_s, hits=motion.track.hits + 1)

    def _start(self, face: Face, time_s: float) -> int:
        track_id, self._next_id = self._next_id, self._next_id + 1
        self._live[track_id] = _Motion(Track(track_id, face, time_s, time_s, 1))
        return track_id


def _walked_on(motion: _Motion, time_s: float) -> tuple[Box, ...]:
    """Where a face that went on steadily is if it never slowed down, out of sight; expected are those who did."""
    elapsed = time_s - motion.track.seen_s
    if motion.track.hits < STEADY_HITS or elapsed < UNSEEN_S:
        return ()
    box, (vx, vy) = motion.track.face.box, motion.velocity
    return (Box(box.x + vx * elapsed, box.y + vy * elapsed, box.w, box.h),)


def _gate(track: Track, time_s: float) -> float:
    growth, most = (FIRST_GROWTH_PER_S, MAX_FIRST_GATE) if track.hits == 1 else (GATE_GROWTH_PER_S, MAX_GATE)
    return min(most, GATE + growth * (time_s - track.seen_s))


def _centre(box: Box) -> Point:
    return box.x + box.w / 2, box.y + box.h / 2


def _size(box: Box) -> float:
    return max(1.0, (box.w + box.h) / 2)


def _distance(expected: Box, found: Box) -> float:
    """Centre distance in face sizes plus the mismatch of sizes; infinite when they cannot be one face."""
    a, b = _size(expected), _size(found)
    if max(a, b) / min(a, b) > SIZE_RATIO:
        return float("inf")
    (ax, ay), (bx, by) = _centre(expected), _centre(found)
    return hypot(ax - bx, ay - by) / max(a, b) + abs(log(a / b))
