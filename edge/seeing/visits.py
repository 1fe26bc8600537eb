"""From confirmed faces to visits: one opening and one closing per person, by the camera's rules. Time handed in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import hypot
from uuid import UUID, uuid4

from edge.seeing.bestshot import copied
from edge.seeing.zones import counts
from edge.values import BestShot, Box, Face, Frame, Track, VisitEvent
from edge.wire.messages import CameraSettings

GONE_S = 2.75
"""A face unseen for so long is gone, unless somebody still stands there (turned away): then rearm_s decides."""

PRESENT_S = 0.5

BETTER = 1.1
"""A new best shot must be this much better: keeping one copies the whole picture."""

STILL_S = 30.0
"""Somebody who has not moved at all for so long is a poster or a screen: the visit ends, the place stays silent."""

STILL_SHIFT = 0.12
"""What counts as not moving, in face sizes."""

POSTER_SHIFT = 0.35
POSTER_MEMORY_S = 3600.0
REJOIN_AFTER_S = 0.6
REJOIN_SHIFT = 1.5
REJOIN_GROWTH_PER_S = 0.5
REJOIN_LIMIT = 3.0
REJOIN_RATIO = 1.8


@dataclass(frozen=True, slots=True)
class Sighting:
    """A confirmed face seen in a frame; `quality` as in BestShot; `stirring`: something moves in its box."""

    track: Track
    quality: float
    stirring: bool


@dataclass(slots=True)
class _Visit:
    """A visit in progress, or one that still waits for its dwell time (`open` False)."""

    visit_id: UUID
    track_id: int
    opened_s: float
    opened_at: float
    seen_s: float
    seen_at: float
    face: Face
    best: BestShot
    faces: int
    anchor: Box
    anchored_s: float
    open: bool = False

    def event(self, closed: bool) -> VisitEvent:
        closed_s, closed_at = (self.seen_s, self.seen_at) if closed else (None, None)
        return VisitEvent(
            self.visit_id, self.track_id, self.opened_s, self.opened_at, closed_s, closed_at, self.faces, self.best
        )


@dataclass(slots=True)
class _Poster:
    box: Box
    seen_s: float


class Visits:
    """The visits of one camera; `update` takes every look, also those that saw nobody."""

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._visits: list[_Visit] = []
        self._posters: list[_Poster] = []
        self._copy: Frame | None = None

    def update(
        self, frame: Frame, sightings: Sequence[Sighting], occupied: Callable[[Box], bool]
    ) -> tuple[VisitEvent, ...]:
        """What the look at `frame` changed. `occupied` says whether somebody, turned away perhaps, is at a place."""
        events = []
        width, height = frame.planes.width, frame.planes.height
        counted = [seen for seen in sightings if counts(seen.track.face.box, width, height, self._settings)]
        for seen in counted:
            visit = self._of(seen, frame)
            if visit:
                self._refresh(visit, seen, frame, len(counted))
                if not visit.open and frame.time_s - visit.opened_s >= self._settings.dwell_s:
                    visit.open = True
                    events.append(visit.event(closed=False))
        events += self._end_still(frame.time_s)
        events += self._end([visit for visit in self._visits if self._over(visit, frame.time_s, occupied)])
        return tuple(events)

    def close(self, time_s: float, at: float) -> tuple[VisitEvent, ...]:
        """Ends every visit, because the stream is over: now if its face is there, else as of when it was last seen."""
        for visit in self._visits:
            if time_s - visit.seen_s < PRESENT_S:
                visit.seen_s, visit.seen_at = time_s, at
        return tuple(self._end(list(self._visits)))

    def _of(self, seen: Sighting, frame: Frame) -> _Visit | None:
        """The visit that a sighting belongs to: its track's, one it returns to, or a new one if the rules allow."""
        face = seen.track.face
        for visit in self._visits:
            if visit.track_id == seen.track.track_id:
                return visit
        if self._is_poster(face.box, frame.time_s):
            return None
        for visit in self._visits:
            if _rejoins(face.box, visit, frame.time_s):
                visit.track_id = seen.track.track_id
                return visit
        if face.box.h < self._settings.min_face_px or face.score < self._settings.min_score:
            return None
        return self._start(seen, frame)

    def _start(self, seen: Sighting, frame: Frame) -> _Visit:
        track, at = seen.track, frame.captured_at - frame.time_s
        opened_s = track.first_s if track.hits <= 3 else frame.time_s
        best = BestShot(self._kept(frame), track.face, seen.quality)
        visit = _Visit(
            visit_id=uuid4(), track_id=track.track_id, opened_s=opened_s, opened_at=opened_s + at,
            seen_s=frame.time_s, seen_at=frame.captured_at, face=track.face, best=best, faces=1,
            anchor=track.face.box, anchored_s=frame.time_s,
        )  # fmt: skip
        self._visits.append(visit)
        return visit

    def _refresh(self, visit: _Visit, seen: Sighting, frame: Frame, faces: int) -> None:
        visit.face, visit.seen_s, visit.seen_at = seen.track.face, frame.time_s, frame.captured_at
        visit.faces = max(visit.faces, faces)
        if seen.quality > visit.best.quality * BETTER:
            visit.best = BestShot(self._kept(frame), seen.track.face, seen.quality)
        if seen.stirring or _shift(visit.anchor, visit.face.box) > STILL_SHIFT:
            visit.anchor, visit.anchored_s = visit.face.box, frame.time_s

    def _kept(self, frame: Frame) -> Frame:
        """A copy of the frame, shared by all visits that want it."""
        if self._copy is None or self._copy.index != frame.index:
            self._copy = copied(frame)
        return self._copy

    def _over(self, visit: _Visit, time_s: float, occupied: Callable[[Box], bool]) -> bool:
        unseen_s = time_s - visit.seen_s
        if unseen_s <= GONE_S:
            return False
        return unseen_s > self._settings.rearm_s or not occupied(_body(visit.face.box))

    def _end_still(self, time_s: float) -> list[VisitEvent]:
        still = [visit for visit in self._visits if visit.seen_s - visit.anchored_s >= STILL_S]
        self._posters += [_Poster(visit.face.box, time_s) for visit in still]
        return self._end(still)

    def _end(self, over: list[_Visit]) -> list[VisitEvent]:
        self._visits = [visit for visit in self._visits if visit not in over]
        if not self._visits:
            self._copy = None
        return [visit.event(closed=True) for visit in over if visit.open]

    def _is_poster(self, box: Box, time_s: float) -> bool:
        self._posters = [poster for poster in self._posters if time_s - poster.seen_s <= POSTER_MEMORY_S]
        for poster in self._posters:
            if _shift(poster.box, box) <= POSTER_SHIFT:
                poster.seen_s = time_s
                return True
        return False


def _rejoins(box: Box, visit: _Visit, time_s: float) -> bool:
    """Whether a new face is the one of a visit that has been out of sight: near where it was, of about its size."""
    unseen_s = time_s - visit.seen_s
    if unseen_s < REJOIN_AFTER_S or not 1 / REJOIN_RATIO < box.h / visit.face.box.h < REJOIN_RATIO:
        return False
    return _distance(visit.face.box, box) <= min(REJOIN_LIMIT, REJOIN_SHIFT + REJOIN_GROWTH_PER_S * unseen_s)


def _body(face: Box) -> Box:
    """Where the body below a face is: what stays when somebody turns away."""
    return Box(face.x - face.w / 4, face.y - face.h / 4, face.w * 1.5, face.h * 3)


def _shift(a: Box, b: Box) -> float:
    """How much a box has moved or grown, in its own sizes."""
    return max(_distance(a, b), abs(b.h / a.h - 1))


def _distance(a: Box, b: Box) -> float:
    return hypot(a.x + a.w / 2 - b.x - b.w / 2, a.y + a.h / 2 - b.y - b.h / 2) / max(a.h, b.h, 1.0)
