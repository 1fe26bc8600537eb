"""Which regions to look at within a budget: live faces first, then what moves, then a slow scan of the whole picture.

A place remembers, for each size of view, when it was last looked at; what has waited longest goes first. Nothing
queues: whatever does not fit into the budget is proposed again by the next look, and by then has waited longer.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from edge.detect.letterbox import View, whole
from edge.detect.plan import FACE_SHARE, levels, tiles
from edge.seeing.motion import Motion
from edge.values import Box

VIEWS_PER_LOOK = 5
VIEWS_PER_SECOND = 3.0
BURST = 12.0
"""A camera's allowance of searching views (tracks' own are cheap and come on top): it fills up while nothing moves."""

RESERVE, PATIENCE_S = 2.0, 2.0
"""So much of it is left for what is new: what is known or barren makes no newcomer wait, nor waits for ever."""

TRACK_SCALE = 3.0
REGION_SCALE = 1.25
MIN_VIEW = 64.0
SCAN_PERIOD_S, BUSY_SCAN_PERIOD_S = 1.0, 2.0
"""How often the slow scan takes a view: more rarely while something moves, for that deserves the time."""

CUT_PERIOD_S = 2.0
"""A cut fills the allowance up, but not more often than this: a flickering light shall not cost more than motion."""

FINER_WAITS, MOVING_FINER_WAITS = 2.0, 3.0
"""A view half the size waits so many times longer: there are four times as many, and most faces show in the larger."""

KNOWN_WAITS = 4.0
"""What moves around a face that is being followed waits longer: it is mostly that person."""

BODY = (7.0, 10.0)
"""No larger, in face sizes, is what one person stirs: such a region is explained by the certain face in it."""

SURVEY_S = 0.75
"""An explained region is looked at this often, wherever it goes; each FINER_TURN-th time a part of it, finer."""

FINER_TURN = 3

BARREN_LOOKS, BARREN_WAITS = 6, 2.5
"""What goes on moving and has shown no face in so many looks (a tree, a curtain) waits so many times longer.

Somebody who steps before it makes another, larger region of it, which waits for nothing."""

BARREN_MEMORY_S = 5.0
"""A place that was not looked at for so long has come to rest since: it begins anew."""

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
    """A view and its urgency: seconds that its place has waited, weighed by the kind of view.

    `explained_by`: the certain faces whose surroundings it shows; `is_new`: nothing is known of what moves there.
    """

    view: View
    urgency: float
    explained_by: tuple[int, ...] = ()
    is_new: bool = False


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
        self._barren: dict[_Cell, int] = {}
        self._surveyed: dict[int, float] = {}
        self._surveys = 0
        self._allowance = BURST
        self._time_s: float | None = None
        self._scan_s = NEVER
        self._known_s = NEVER
        self._start_s = NEVER

    def plan(
        self, time_s: float, tracks: Mapping[int, Box], motion: Motion, certain: Collection[int] = frozenset()
    ) -> Plan:
        """The views of this look. `tracks`: where each live face is expected, most urgent first; `certain`: which of
        them are faces beyond doubt."""
        self._refill(time_s)
        if motion.cut and time_s - self._start_s >= CUT_PERIOD_S:
            self._start_s, self._allowance = time_s, BURST
        followed = [(track_id, _around(box, TRACK_SCALE)) for track_id, box in tracks.items()][:VIEWS_PER_LOOK]
        room = min(max(1, VIEWS_PER_LOOK - len(followed)), int(self._allowance))
        scan = self._due(time_s, BUSY_SCAN_PERIOD_S if motion.regions else SCAN_PERIOD_S)[: max(0, room)]
        for index in scan:
            self._scanned[index] = time_s
        self._surveyed = {track_id: self._surveyed.get(track_id, time_s) for track_id in tracks if track_id in certain}
        wishes = self._moving(time_s, motion.regions, tracks)
        moving = self._granted(wishes, time_s, room - len(scan))
        search = (*(self._scan[index][1] for index in scan), *moving)
        self._remember(search, time_s)
        self._allowance -= len(search)
        return Plan(tuple(followed), search)

    def note(self, view: View, found: bool) -> None:
        """What a view to search has shown; to be told after each look."""
        cell = self._cell(view)
        self._barren[cell] = 0 if found else self._barren.get(cell, 0) + 1

    def _refill(self, time_s: float) -> None:
        if self._time_s is not None:
            self._allowance = min(BURST, self._allowance + VIEWS_PER_SECOND * max(0.0, time_s - self._time_s))
        self._time_s = time_s

    def _due(self, time_s: float, period_s: float) -> list[int]:
        """Which views of the scan: right after a start or cut all coarse ones, later one now and then."""
        fresh = [
            index
            for index, (depth, _) in enumerate(self._scan)
            if depth < START_LEVELS and self._scanned[index] < self._start_s
        ]
        if fresh or time_s - self._scan_s < period_s:
            return fresh
        self._scan_s = time_s
        waited = [
            (time_s - seen_s) / FINER_WAITS**depth for (depth, _), seen_s in zip(self._scan, self._scanned, strict=True)
        ]
        return [waited.index(max(waited))]

    def _moving(self, time_s: float, regions: Sequence[Box], tracks: Mapping[int, Box]) -> list[_Wish]:
        """Views of what moves, the longest waiting first; what has just been looked at from close by is left out."""
        wishes: list[_Wish] = []
        certain = [tracks[track_id] for track_id in self._surveyed]
        for region in _outermost(regions, certain):
            inside = tuple(track_id for track_id, face in tracks.items() if _holds(region, face))
            explaining = tuple(track_id for track_id in inside if track_id in self._surveyed)
            if any(_explains(tracks[track_id], region) for track_id in explaining):
                wishes += self._survey(time_s, region, explaining)
            else:
                wishes += self._search(time_s, region, bool(inside))
        return sorted(wishes, key=lambda wish: -wish.urgency)

    def _granted(self, wishes: Sequence[_Wish], time_s: float, room: int) -> list[View]:
        """As many as there is room for; what is known leaves the reserve alone, but has its turn now and then."""
        for_known = int(self._allowance - RESERVE)
        if time_s - self._known_s >= PATIENCE_S:
            known = [wish for wish in wishes if not wish.is_new][:1]
            wishes, for_known = [*known, *(wish for wish in wishes if wish not in known)], max(1, for_known)
        granted: list[_Wish] = []
        for wish in wishes:
            if len(granted) < room and (wish.is_new or len(granted) < for_known):
                granted.append(wish)
                self._known_s = self._known_s if wish.is_new else time_s
                self._surveyed.update(dict.fromkeys(wish.explained_by, time_s))
                self._surveys += bool(wish.explained_by)
        return [wish.view for wish in granted]

    def _search(self, time_s: float, region: Box, is_known: bool) -> Iterator[_Wish]:
        for depth, view in self._views_of(region):
            barren = self._is_barren(view)
            weight = MOVING_FINER_WAITS**depth * (KNOWN_WAITS if is_known else 1.0) * (BARREN_WAITS if barren else 1.0)
            if self._waited_near(view, time_s) / weight >= MIN_WAIT_S:
                urgency = self._waited(self._cell(view), time_s) / weight
                yield _Wish(view, urgency, is_new=not (is_known or barren or depth))

    def _survey(self, time_s: float, region: Box, explaining: tuple[int, ...]) -> list[_Wish]:
        """One view of what moves with faces that are certain: who else is there? Places say little, they walk along."""
        waited_s = time_s - min(self._surveyed[track_id] for track_id in explaining)
        if waited_s < SURVEY_S:
            return []
        whole_one, *finer = [view for _, view in self._views_of(region)]
        turn, at = divmod(self._surveys, FINER_TURN)[::-1]
        view = finer[at % len(finer)] if finer and turn == FINER_TURN - 1 else whole_one
        return [_Wish(view, waited_s / KNOWN_WAITS, explaining)]

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
            self._barren = {cell: looks for cell, looks in self._barren.items() if cell in self._seen}
        for cell in map(self._cell, views):
            if self._waited(cell, time_s) > BARREN_MEMORY_S:
                self._barren.pop(cell, None)
            self._seen[cell] = time_s

    def _waited_near(self, view: View, time_s: float) -> float:
        """Seconds since a view of about this size and place was looked at: what moves takes its place along."""
        size, column, row = self._cell(view)
        return min(self._waited((size, column + dx, row + dy), time_s) for dx in (-1, 0, 1) for dy in (-1, 0, 1))

    def _is_barren(self, view: View) -> bool:
        return self._barren.get(self._cell(view), 0) >= BARREN_LOOKS

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


def _explains(face: Box, region: Box) -> bool:
    return region.w <= BODY[0] * face.w and region.h <= BODY[1] * face.h


def _outermost(regions: Sequence[Box], certain: Sequence[Box]) -> list[Box]:
    """Without those that lie in a larger one, and without crumbs around certain faces; largest first, as they come."""
    kept: list[Box] = []
    for region in regions:
        if not any(_covers(other, region) for other in kept) and not any(_is_crumb(region, face) for face in certain):
            kept.append(region)
    return kept


def _is_crumb(region: Box, face: Box) -> bool:
    """Whether a region no larger than a face's head lies about its body: a hand, a shadow, a wall come free again."""
    reach = Box(face.x - BODY[0] / 2 * face.w, face.y - face.h, (BODY[0] + 1) * face.w, (BODY[1] + 1) * face.h)
    return max(region.w, region.h) <= max(face.w, face.h) and _holds(reach, region)


def _covers(outer: Box, inner: Box) -> bool:
    across = outer.x <= inner.x and inner.x + inner.w <= outer.x + outer.w
    return across and outer.y <= inner.y and inner.y + inner.h <= outer.y + outer.h
