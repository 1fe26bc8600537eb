"""One camera's seeing: motion, attention, detectors, tracker and visits composed; frames in, faces and visits out."""

from dataclasses import dataclass, replace

from edge.detect.blazeface import BlazeFace, Detectors, load_detectors
from edge.detect.letterbox import View, YuvImage
from edge.detect.search import Find, face_of, merge
from edge.seeing.attention import Attention, Plan
from edge.seeing.bestshot import quality
from edge.seeing.forecast import Course, Forecast
from edge.seeing.judge import Judge
from edge.seeing.motion import Motion, MotionDetector
from edge.seeing.tracker import LOST_S, Tracker
from edge.seeing.visits import Sighting, Visits
from edge.values import Box, Frame, Track, VisitEvent
from edge.wire.messages import CameraSettings

__all__ = ["Detectors", "Looked", "Sight", "load_detectors"]

TRACK_SCORE = 0.4
SEARCH_SCORE = 0.4
SHOWN_S = 0.5
"""A box is drawn for so long after its face was last seen (longer where looks are rarer)."""

SHOWN_LOOKS = 2.5
HIDDEN_AFTER_MISSES = 2
LEAST_SHOWN_S = 0.25
SECOND_TRIES = 3
WELL_SEEN = 0.6
SURE, REST_S = 0.98, 0.25
"""A face this sure that goes on steadily is looked at again only after so long: its box goes on with it."""

EXPLAINS_S = 1.0
"""A face unseen for so long no longer explains what moves where it should be: that is somebody, perhaps the same."""

SMALLER = 0.7
"""Faces somewhat below the smallest that counts are followed too: they grow as people come closer."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look saw: every confirmed face in the picture, and the visits that it opened or closed."""

    tracks: tuple[Track, ...]
    events: tuple[VisitEvent, ...]


class Sight:
    """Owned by one thread; the detectors may be shared, a look holds their lock. Frames come in order of time.

    Planes are not kept, only copied.
    """

    def __init__(self, detectors: Detectors, settings: CameraSettings) -> None:
        self._detectors = detectors
        self._settings = settings
        self._motion = MotionDetector()
        self._tracker = Tracker()
        self._visits = Visits(settings)
        self._judge = Judge(detectors, self._motion)
        self._misses: dict[int, int] = {}
        self._resting: set[int] = set()
        self._attention: Attention | None = None
        self._size = (0, 0)
        self._looked_s = 0.0
        self._shown_s = SHOWN_S
        self._inferences = 0

    @property
    def inferences(self) -> int:
        """How often any model has run for this camera."""
        return self._inferences

    def look(self, frame: Frame) -> Looked:
        """One detection step: `settings.detections_per_second` times a second is meant, any rate works."""
        image = YuvImage(frame.planes)
        attention = self._attention_for(image)
        self._pace(frame.time_s)
        motion = self._motion.update(frame.planes.y, frame.time_s)
        expected = self._expected(frame.time_s)
        certain = {track_id for track_id in expected if self._explains(track_id, frame.time_s)}
        plan = self._rested(attention.plan(frame.time_s, expected, motion, certain), frame.time_s)
        with self._detectors.lock:
            before = self._detectors.inferences
            found = self._search(image, plan, attention)
            finds = merge([*found, *self._follow(image, plan, expected, found)])
            tracks = self._track(image, frame.time_s, finds)
            self._inferences += self._detectors.inferences - before
        self._note_misses(plan, frame.time_s)
        events = self._visits.update(frame, self._sightings(frame, tracks, motion), self._motion.occupied)
        return Looked(tuple(self._judge.trusted(track) for track in tracks), events)

    def forecast(self) -> Forecast:
        """The live confirmed faces as they should move on from here, for frames between looks."""
        shown = (track for track in self._tracker.tracks if self._judge.belief(track.track_id).confirmed)
        return Forecast(self._size, tuple((self._course(track), self._shown_until_s(track)) for track in shown))

    def close(self, time_s: float, at: float) -> tuple[VisitEvent, ...]:
        """The stream ends at `time_s` (wall clock `at`): closes every visit."""
        return self._visits.close(time_s, at)

    def _course(self, track: Track) -> Course:
        """A face that rested in the last look counts as seen where it was expected then."""
        course = self._tracker.course(track.track_id)
        if track.track_id not in self._resting:
            return course
        return Course(self._tracker.predicted(track.track_id, self._looked_s), course.velocity, self._looked_s)

    def _shown_until_s(self, track: Track) -> float:
        if track.track_id in self._resting:
            return self._looked_s + self._shown_s
        missed = self._misses.get(track.track_id, 0)
        if missed and self._motion.unchanged(track.face.box):
            return float("-inf")
        return track.seen_s + (LEAST_SHOWN_S if missed >= HIDDEN_AFTER_MISSES else self._shown_s)

    def _attention_for(self, image: YuvImage) -> Attention:
        """Starts afresh when the picture's size changes: places and sizes no longer mean the same."""
        size = (image.width, image.height)
        if self._attention is None or size != self._size:
            self._attention = Attention(*size, self._settings.min_face_px)
            self._tracker, self._misses = Tracker(), {}
            self._judge.forget_all()
            self._size = size
        return self._attention

    def _pace(self, time_s: float) -> None:
        """Boxes last longer where looks are rarer, so that they do not flicker."""
        interval_s = time_s - self._looked_s
        self._looked_s = time_s
        self._shown_s = max(SHOWN_S, min(LOST_S, SHOWN_LOOKS * interval_s))

    def _expected(self, time_s: float) -> dict[int, Box]:
        """Where the faces worth following should be, the one that has waited longest first."""
        tracks = [track for track in self._tracker.tracks if self._judge.belief(track.track_id).worth_following]
        boxes = {
            track.track_id: self._tracker.predicted(track.track_id, time_s)
            for track in sorted(tracks, key=lambda track: track.seen_s)
        }
        return {
            track_id: box for track_id, box in boxes.items() if self._in_picture(box) and not self._left(track_id, box)
        }

    def _explains(self, track_id: int, time_s: float) -> bool:
        """Whether this is a face beyond doubt, seen just now."""
        seen_s = self._tracker.course(track_id).seen_s
        return time_s - seen_s <= EXPLAINS_S and self._judge.belief(track_id).confirmed

    def _rested(self, plan: Plan, time_s: float) -> Plan:
        """The plan without the views of faces that were seen a moment ago and go on steadily."""
        self._resting = {
            track.track_id
            for track in self._tracker.tracks
            if time_s - track.seen_s <= REST_S
            and self._tracker.is_steady(track.track_id)
            and self._judge.belief(track.track_id).probability > SURE
        }
        return replace(plan, tracks=tuple(item for item in plan.tracks if item[0] not in self._resting))

    def _left(self, track_id: int, box: Box) -> bool:
        """Whether a face was missed and its place looks as if nobody had ever stood there."""
        return track_id in self._misses and self._motion.unchanged(box)

    def _follow(self, image: YuvImage, plan: Plan, expected: dict[int, Box], searched: list[Find]) -> list[Find]:
        """Faces that the search has not shown well, in views of their own: short range, where that fails full range."""
        finds: list[Find] = []
        for track_id, view in plan.tracks:
            if any(find.score >= WELL_SEEN and _near(find, expected[track_id]) for find in searched):
                continue
            found = _run(self._detectors.short, image, view, TRACK_SCORE)
            lost = self._misses.get(track_id, 0) >= SECOND_TRIES
            if not lost and not any(_near(find, expected[track_id]) for find in found):
                found = _run(self._detectors.full, image, view, TRACK_SCORE)
            finds += found
        return finds

    def _search(self, image: YuvImage, plan: Plan, attention: Attention) -> list[Find]:
        finds: list[Find] = []
        for view in plan.search:
            found = _run(self._detectors.full, image, view, SEARCH_SCORE)
            attention.note(view, bool(found))
            finds += found
        return finds

    def _track(self, image: YuvImage, time_s: float, finds: list[Find]) -> tuple[Track, ...]:
        """The tracks confirmed and seen in this look."""
        faces = [face_of(find.points, find.score) for find in finds]
        wanted = [
            face for face in faces if face.box.h >= self._smallest and not self._judge.is_scenery(face.box, time_s)
        ]
        seen_before = {track.track_id: track.seen_s for track in self._tracker.tracks}
        tracks, ended = self._tracker.update(time_s, wanted)
        self._judge.forget(ended)
        wrong = self._judge.check(image, tracks, seen_before, time_s)
        for track_id in wrong:
            self._tracker.undo(track_id)
        right = [track for track in tracks if track.track_id not in wrong]
        return tuple(track for track in right if self._judge.belief(track.track_id).confirmed)

    def _note_misses(self, plan: Plan, time_s: float) -> None:
        """Counts for each live track how many looks in a row have searched for it in vain."""
        followed = {track_id for track_id, _ in plan.tracks}
        self._misses = {
            track.track_id: self._misses.get(track.track_id, 0) + (track.track_id in followed)
            for track in self._tracker.tracks
            if track.seen_s < time_s
        }

    def _sightings(self, frame: Frame, tracks: tuple[Track, ...], motion: Motion) -> list[Sighting]:
        return [
            Sighting(
                self._judge.trusted(track),
                quality(frame.planes.y, track.face, track.face.score),
                any(_overlap(region, track.face.box) for region in motion.regions),
            )
            for track in tracks
        ]

    def _in_picture(self, box: Box) -> bool:
        return 0 <= box.x + box.w / 2 <= self._size[0] and 0 <= box.y + box.h / 2 <= self._size[1]

    @property
    def _smallest(self) -> float:
        return SMALLER * self._settings.min_face_px


def _run(model: BlazeFace, image: YuvImage, view: View, min_score: float) -> list[Find]:
    found = model.find(image, view, min_score)
    return [Find(points, float(score)) for points, score in zip(found.points, found.scores, strict=True)]


def _near(find: Find, box: Box) -> bool:
    x, y = ((find.points[0] + find.points[1]) / 2).tolist()
    return bool(abs(x - box.x - box.w / 2) <= box.w and abs(y - box.y - box.h / 2) <= box.h)


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h
