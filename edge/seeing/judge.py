"""Says which tracks are faces: checks new and doubtful ones by a second look, remembers what it has refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from edge.detect.blazeface import Detectors
from edge.detect.letterbox import Image
from edge.detect.search import points_of
from edge.detect.verify import ACCEPT, glance, scrutinise
from edge.seeing.belief import REFUSED_BELOW, Belief
from edge.seeing.motion import MotionDetector
from edge.values import Box, Track

CHECKS_PER_LOOK = 2
SCENERY_DOUBT = 2.0
"""Evidence taken off where nothing stands in front of the lasting background: what was always there is no visitor."""

REFUSED_MEMORY_S = 60.0
REGAINED_S = 0.5
"""A face found again after so long is checked at once: it may be another thing near where the face was lost."""

WEAK_SCORE = 0.55

CLEAR = 8.0
"""A glance this sure is never wrong: no find of something else came near it in 84 annotated pictures."""


class Judge:
    """One camera's beliefs; `motion` tells scenery from what has come."""

    def __init__(self, detectors: Detectors, motion: MotionDetector) -> None:
        self._detectors = detectors
        self._motion = motion
        self._beliefs: dict[int, Belief] = {}
        self._scenery: list[tuple[Box, float]] = []

    def belief(self, track_id: int) -> Belief:
        return self._beliefs.get(track_id, Belief())

    def trusted(self, track: Track) -> Track:
        """The track with the probability of a face as its score, instead of one model's in one view."""
        return replace(track, face=replace(track.face, score=self.belief(track.track_id).probability))

    def forget(self, tracks: Iterable[Track]) -> None:
        for track in tracks:
            self._beliefs.pop(track.track_id, None)

    def forget_all(self) -> None:
        self._beliefs.clear()
        self._scenery.clear()

    def check(
        self, image: Image, tracks: Sequence[Track], seen_before: Mapping[int, float], time_s: float
    ) -> frozenset[int]:
        """Checks what needs it, a few each look. Returns the tracks whose find of this look was not their face.

        `seen_before` says when each track was last seen before this look.
        """
        regained = {
            track.track_id
            for track in tracks
            if self.belief(track.track_id).confirmed and time_s - seen_before[track.track_id] > REGAINED_S
        }
        due = [track for track in tracks if track.track_id in regained or self._is_due(track, time_s)]
        due.sort(key=lambda track: (track.track_id not in regained, self.belief(track.track_id).checks))
        wrong = [track.track_id for track in due[:CHECKS_PER_LOOK] if not self._passes(image, track, time_s)]
        unchecked = [track.track_id for track in due[CHECKS_PER_LOOK:] if track.track_id in regained]
        return frozenset([*wrong, *unchecked])

    def is_scenery(self, box: Box, time_s: float) -> bool:
        """Whether something was refused here and nothing has come since: it need not be asked about at every scan."""
        self._scenery = [item for item in self._scenery if item[1] > time_s]
        return any(_alike(box, known) for known, _ in self._scenery) and self._motion.unchanged(box)

    def _is_due(self, track: Track, time_s: float) -> bool:
        weak = track.face.score < WEAK_SCORE
        return self.belief(track.track_id).is_due(track.face.box.h, weak, time_s)

    def _passes(self, image: Image, track: Track, time_s: float) -> bool:
        """Whether the find may count as the track's; a confirmed track is not judged by a find that is not its face."""
        belief = self.belief(track.track_id)
        doubt = SCENERY_DOUBT if self._motion.unchanged(track.face.box) else 0.0
        evidence = self._evidence(image, track, belief, doubt) - doubt
        if belief.confirmed and evidence < REFUSED_BELOW:
            self._beliefs[track.track_id] = belief.after_wrong_find(time_s)
            return False
        self._beliefs[track.track_id] = belief.after(evidence, track.face.box.h, time_s)
        if doubt and self._beliefs[track.track_id].refused:
            self._scenery.append((track.face.box, time_s + REFUSED_MEMORY_S))
        return True

    def _evidence(self, image: Image, track: Track, belief: Belief, doubt: float) -> float:
        """A glance decides what is clear: hopeless, beyond doubt, or confirmed already and well. Else: scrutinise."""
        points, hopeless = points_of(track.face), REFUSED_BELOW + doubt
        good, clear = (ACCEPT, ACCEPT + doubt) if belief.confirmed else (CLEAR + doubt, inf)
        glanced = glance(self._detectors, image, points, hopeless, clear)
        if glanced.evidence > good and glanced.at_least:
            return max(glanced.evidence, belief.mean + doubt)
        if glanced.evidence <= hopeless or glanced.evidence > good:
            return glanced.evidence
        return scrutinise(self._detectors, image, points).evidence


def _alike(a: Box, b: Box) -> bool:
    near = abs(a.x + a.w / 2 - b.x - b.w / 2) <= a.w / 4 and abs(a.y + a.h / 2 - b.y - b.h / 2) <= a.h / 4
    return near and 0.7 < a.h / b.h < 1.4
