"""Which regions to look at within a budget: live faces first, then what moves, then a slow scan of the whole picture.

A place remembers, for each size of view, when it was last looked at; what has waited longest goes first. Nothing
queues: whatever does not fit into the budget is proposed again by the next look, and by then has waited longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from edge.detect.letterbox import View, whole
from edge.detect.plan import FACE_SHARE, levels, tiles
from edge.motion import Motion
from edge.values import Box

VIEWS_PER_LOOK = 5
VIEWS_PER_SECOND = 8.0
BURST = 8.0
"""A camera's allowance of searching views (tracks' own are cheap and come on top): it fills up while nothing moves."""

TRACK_SCALE = 3.0
REGION_SCALE = 1.25
MIN_VIEW = 64.0
SCAN_PERIOD_S = 0.75
CUT_PERIOD_S = 2.0
"""A cut fills the allowance up, but not more often than this: a flickering light shall not cost more than motion."""

FINER_WAITS = 2.0
"""A view half the size waits so many times longer: there are four times as many, and most faces show in the larger."""

KNOWN_WAITS = 4.0
"""What moves around a face that is being followed waits longer: it is mostly that person."""

START_LEVELS = 2
MIN_WAIT_S = 0.15
"""What has waited less is not worth an inference yet."""

CELLS_PER_SIDE = 4
REMEMBERED = 4096
LONGEST_WAIT_S = 300.0
NEVER = -1e9


_Cell = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """One look: the views of live tracks, by track id, and the views to search for new faces."""

    tracks: tuple[tuple[int, View], ...]
    search: tuple[View, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A view and its urgency: seconds that its place has waited, weighed by the kind of view."""

    view: View
    urgency: float


class Attention:
    """One camera's choice of views; `plan` is called once a look with the time of its frame."""

    def __init__(self, width: int, height: int, min_face: float) -> None:
        self._min_face = min_face
        self._longest = max(width, height)
        self._scan = [
            (depth, view)
            for depth, side in enumerate(levels(width, height, min_face))
            for view in (tiles(width, height, side) if depth else (whole(width, height),))
        ]
        self._scanned = [NEVER] * len(self._scan)
        self._seen: dict[_Cell, float] = {}
        self._allowance = BURST
        self._time_s: float | None = None
        self._scan_s = NEVER
        self._start_s = NEVER

    def plan(self, time_s: float, tracks: dict[int, Box], motion: Motion) -> Plan:
        """The views of this look. `tracks`: where each live face is expected, most urgent first."""
        self._refill(time_s)
        if motion.cut and time_s - self._start_s >= CUT_PERIOD_S:
            self._start_s, self._allowance = time_s, BURST
        followed = [(track_id, _around(box, TRACK_SCALE)) for track_id, box in tracks.items()][:VIEWS_PER_LOOK]
        room = min(max(1, VIEWS_PER_LOOK - len(followed)), int(self._allowance))
        scan = self._due(time_s)[: max(0, room)]
        for index in scan:
            self._scanned[index] = time_s
        moving = self._moving(time_s, motion.regions, list(tracks.values()), room - len(scan))
        search = (*(self._scan[index][1] for index in scan), *moving)
        self._remember(search, time_s)
        self._allowance -= len(search)
        return Plan(tuple(followed), search)

    def _refill(self, time_s: float) -> None:
        if self._time_s is not None:
            self._allowance = min(BURST, self._allowance + VIEWS_PER_SECOND * max(0.0, time_s - self._time_s))
        self._time_s = time_s

    def _due(self, time_s: float) -> list[int]:
        """Which views of the scan: right after a start or cut all coarse ones, later one now and then."""
        fresh = [
            index
            for index, (depth, _) in enumerate(self._scan)
            if depth < START_LEVELS and self._scanned[index] < self._start_s
        ]
        if fresh or time_s - self._scan_s < SCAN_PERIOD_S:
            return fresh
        self._scan_s = time_s
        waited = [
            (time_s - seen_s) / FINER_WAITS**depth for (depth, _), seen_s in zip(self._scan, self._scanned, strict=True)
        ]
        return [waited.index(max(waited))]

    def _moving(self, time_s: float, regions: Sequence[Box], faces: list[Box], room: int) -> list[View]:
        """Views of what moves, the longest waiting first; what has just been looked at from close by is left out."""
        wishes = []
        for region in regions:
            known = KNOWN_WAITS if any(_holds(region, face) for face in faces) else 1.0
            for depth, view in self._views_of(region):
                weight = known * FINER_WAITS**depth
                if self._waited_near(view, time_s) / weight >= MIN_WAIT_S:
                    wishes.append(_Wish(view, self._waited(self._cell(view), time_s) / weight))
        wishes.sort(key=lambda wish: -wish.urgency)
        return [wish.view for wish in wishes[: max(0, room)]]

    def _views_of(self, region: Box) -> list[tuple[int, View]]:
        """The square around a region, and squares of half its size over it, as long as faces may be that small."""
        square = _around(region, REGION_SCALE)
        views = [(0, square)]
        side = square.side / 2
        if side >= max(MIN_VIEW, self._min_face / FACE_SHARE * 0.7):
            inner = tiles(max(1, round(region.w)), max(1, round(region.h)), side)
            views += [(1, View(view.x + region.x, view.y + region.y, side)) for view in inner]
        return views

    def _remember(self, views: Sequence[View], time_s: float) -> None:
        if len(self._seen) > REMEMBERED:
            self._seen = {cell: seen_s for cell, seen_s in self._seen.items() if time_s - seen_s < LONGEST_WAIT_S}
        self._seen.update((self._cell(view), time_s) for view in views)

    def _waited_near(self, view: View, time_s: float) -> float:
        """Seconds since a view of about this size and place was looked at: what moves takes its place along."""
        size, column, row = self._cell(view)
        return min(self._waited((size, column + dx, row + dy), time_s) for dx in (-1, 0, 1) for dy in (-1, 0, 1))

    def _waited(self, cell: _Cell, time_s: float) -> float:
        return min(LONGEST_WAIT_S, time_s - self._seen.get(cell, NEVER))

    def _cell(self, view: View) -> _Cell:
        """The size and place of a view, coarsely: views of one cell show nearly the same."""
        size = round(2 * log2(self._longest / view.side))
        return size, round(view.x / view.side * CELLS_PER_SIDE), round(view.y / view.side * CELLS_PER_SIDE)


def _around(box: Box, scale: float) -> View:
    return View(box.x + box.w / 2, box.y + box.h / 2, max(MIN_VIEW, scale * max(box.w, box.h)))


def _holds(region: Box, face: Box) -> bool:
    x, y = face.x + face.w / 2, face.y + face.h / 2
    return region.x <= x <= region.x + region.w and region.y <= y <= region.y + region.h
