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
FINER_WAITS = 2.0
"""A view half the size waits so many times longer: there are four times as many, and most faces show in the larger."""

KNOWN_WAITS = 4.0
"""What moves around a face that is being followed waits longer: it is mostly that person."""

START_LEVELS = 2
MIN_URGENCY_S = 0.15
"""What has waited less is not worth an inference yet."""

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
    """A view and its urgency: seconds waited, weighed by its kind."""

    view: View
    urgency: float


class Attention:
    """One camera's choice of views; `plan` is called once a look with the time of its frame."""

    def __init__(self, width: int, height: int, min_face: float) -> None:
        self._width, self._height, self._min_face = width, height, min_face
        self._views = [
            (depth, view)
            for depth, side in enumerate(levels(width, height, min_face))
            for view in (tiles(width, height, side) if depth else (whole(width, height),))
        ]
        self._seen: dict[_Cell, float] = {}
        self._allowance = BURST
        self._time_s: float | None = None
        self._scanned_s = NEVER
        self._start_s = NEVER

    def plan(self, time_s: float, tracks: dict[int, Box], motion: Motion) -> Plan:
        """The views of this look. `tracks`: where each live face is expected, most urgent first."""
        self._refill(time_s)
        if motion.cut:
            self._start_s = time_s
        followed = [(track_id, _around(box, TRACK_SCALE)) for track_id, box in tracks.items()][:VIEWS_PER_LOOK]
        wishes = self._scan(time_s) + self._moving(time_s, motion.regions, list(tracks.values()))
        room = min(max(1, VIEWS_PER_LOOK - len(followed)), int(self._allowance))
        chosen = _chosen(wishes, room)
        self._remember(chosen, time_s)
        self._allowance -= len(chosen)
        return Plan(tuple(followed), chosen)

    def _remember(self, views: Sequence[View], time_s: float) -> None:
        if len(self._seen) > REMEMBERED:
            self._seen = {cell: seen_s for cell, seen_s in self._seen.items() if time_s - seen_s < LONGEST_WAIT_S}
        self._seen.update((self._cell(view), time_s) for view in views)

    def _refill(self, time_s: float) -> None:
        if self._time_s is not None:
            self._allowance = min(BURST, self._allowance + VIEWS_PER_SECOND * max(0.0, time_s - self._time_s))
        self._time_s = time_s

    def _moving(self, time_s: float, regions: Sequence[Box], faces: list[Box]) -> list[_Wish]:
        wishes = []
        for region in regions:
            known = KNOWN_WAITS if any(_holds(region, face) for face in faces) else 1.0
            for depth, view in self._views_of(region):
                wishes.append(_Wish(view, self._waited(view, time_s) / known / FINER_WAITS**depth))
        return wishes

    def _views_of(self, region: Box) -> list[tuple[int, View]]:
        """The square around a region, and squares of half its size over it, as long as faces may be that small."""
        square = _around(region, REGION_SCALE)
        views = [(0, square)]
        side = square.side / 2
        if side >= max(MIN_VIEW, self._min_face / FACE_SHARE * 0.7):
            inner = tiles(max(1, round(region.w)), max(1, round(region.h)), side)
            views += [(1, View(view.x + region.x, view.y + region.y, side)) for view in inner]
        return views

    def _scan(self, time_s: float) -> list[_Wish]:
        """At most one view of the slow scan; right after a start or cut all coarse ones at once."""
        fresh = [view for depth, view in self._views if depth < START_LEVELS and self._last(view) < self._start_s]
        if fresh:
            return [_Wish(view, 1e6 - index) for index, view in enumerate(fresh)]
        if time_s - self._scanned_s < SCAN_PERIOD_S:
            return []
        self._scanned_s = time_s
        due = max(self._views, key=lambda item: self._waited(item[1], time_s) / FINER_WAITS ** item[0])[1]
        return [_Wish(due, LONGEST_WAIT_S)]

    def _waited(self, view: View, time_s: float) -> float:
        """Seconds since something like this view was looked at."""
        size, column, row = self._cell(view)
        near = [(size, column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        return min(LONGEST_WAIT_S, time_s - max(self._seen.get(cell, NEVER) for cell in near))

    def _last(self, view: View) -> float:
        return self._seen.get(self._cell(view), NEVER)

    def _cell(self, view: View) -> _Cell:
        """The place and size of a view, coarsely: views of one cell show nearly the same."""
        return (
            round(2 * log2(max(self._width, self._height) / view.side)),
            round(view.x / view.side * 3),
            round(view.y / view.side * 3),
        )


def _chosen(wishes: list[_Wish], room: int) -> tuple[View, ...]:
    ranked = sorted(wishes, key=lambda wish: -wish.urgency)
    return tuple(wish.view for wish in ranked[: max(0, room)] if wish.urgency >= MIN_URGENCY_S)


def _around(box: Box, scale: float) -> View:
    return View(box.x + box.w / 2, box.y + box.h / 2, max(MIN_VIEW, scale * max(box.w, box.h)))


def _holds(region: Box, face: Box) -> bool:
    x, y = face.x + face.w / 2, face.y + face.h / 2
    return region.x <= x <= region.x + region.w and region.y <= y <= region.y + region.h
