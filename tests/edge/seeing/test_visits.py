"""Visits as pure functions of sightings: one per person, by the camera's rules."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from edge.seeing.visits import GONE_S, STILL_S, Sighting, Visits
from edge.values import Box, Face, Frame, Planes, Track, VisitEvent
from edge.wire.messages import CameraSettings

STEP_S = 0.2
WALL = 1_700_000_000.0


@dataclass
class Door:
    """A camera's visits, fed by the test: who is seen where, look by look."""

    settings: CameraSettings = field(default_factory=CameraSettings)
    time_s: float = 0.0
    index: int = 0
    hits: dict[int, tuple[float, int]] = field(default_factory=dict)
    body: bool = False

    def __post_init__(self) -> None:
        self.visits = Visits(self.settings)

    def look(
        self, *seen: tuple[int, float], size: float = 60, stirring: bool = True, quality: float = 0.5
    ) -> list[VisitEvent]:
        """One look: `seen` holds track ids and the x of their faces."""
        sightings = [self._sighting(track_id, x, size, stirring, quality) for track_id, x in seen]
        planes = Planes(np.zeros((720, 1280), np.uint8), np.zeros((360, 640), np.uint8), np.zeros((360, 640), np.uint8))
        frame = Frame(planes, self.time_s, WALL + self.time_s, self.index)
        events = self.visits.update(frame, sightings, lambda _: self.body)
        self.time_s, self.index = round(self.time_s + STEP_S, 6), self.index + 1
        return list(events)

    def watch(self, seconds: float, *seen: tuple[int, float], stirring: bool = True) -> list[VisitEvent]:
        """Looks for a while; the people sway a little, as people do."""
        events = []
        for step in range(round(seconds / STEP_S)):
            sway = 8.0 * (step % 5) if stirring else 0.3 * (step % 2)
            events += self.look(*((track_id, x + sway) for track_id, x in seen), stirring=stirring)
        return events

    def _sighting(self, track_id: int, x: float, size: float, stirring: bool, quality: float) -> Sighting:
        first_s, hits = self.hits.get(track_id, (self.time_s, 0))
        self.hits[track_id] = (first_s, hits + 1)
        face = Face(Box(x, 200, size, size), 0.95)
        return Sighting(Track(track_id, face, first_s, self.time_s, hits + 1), quality, stirring)


def opened(events: list[VisitEvent]) -> list[VisitEvent]:
    return [event for event in events if event.closed_s is None]


def closed(events: list[VisitEvent]) -> list[VisitEvent]:
    return [event for event in events if event.closed_s is not None]


def test_a_visit_opens_at_the_first_look_and_closes_when_the_face_has_gone() -> None:
    door = Door()
    (opening,) = door.look((1, 100))
    assert (opening.opened_s, opening.opened_at, opening.track_id) == (0.0, WALL, 1)
    assert door.watch(3.0, (1, 100)) == []
    last_s = door.time_s - STEP_S
    (closing,) = door.watch(3.0)
    assert closing.visit_id == opening.visit_id
    assert closing.closed_s == pytest.approx(last_s)
    assert closing.closed_at == pytest.approx(WALL + last_s)
    assert door.time_s - last_s >= GONE_S


def test_a_short_loss_is_the_same_visit() -> None:
    door = Door()
    events = door.watch(2.0, (1, 100)) + door.watch(1.6) + door.watch(2.0, (1, 140)) + door.watch(3.0)
    assert len(opened(events)) == len(closed(events)) == 1


def test_who_turns_away_and_back_is_one_visit() -> None:
    door = Door()
    events = door.watch(2.0, (1, 100))
    door.body = True
    events += door.watch(6.0)
    events += door.watch(2.0, (2, 130))
    door.body = False
    events += door.watch(3.0)
    assert len(opened(events)) == len(closed(events)) == 1


def test_who_stays_turned_away_too_long_has_ended_the_visit() -> None:
    door = Door(CameraSettings(rearm_s=5))
    door.watch(2.0, (1, 100))
    door.body = True
    (closing,) = door.watch(8.0)
    assert closing.closed_s == pytest.approx(1.8)
    assert len(opened(door.watch(1.0, (2, 100)))) == 1


def test_somebody_else_at_the_same_place_later_is_another_visit() -> None:
    door = Door()
    events = door.watch(3.0, (1, 100)) + door.watch(3.0) + door.watch(3.0, (2, 100)) + door.watch(3.0)
    assert len({event.visit_id for event in opened(events)}) == 2


def test_two_people_are_two_visits_that_know_of_each_other() -> None:
    door = Door()
    events = door.watch(3.0, (1, 100), (2, 600)) + door.watch(3.0)
    assert len(opened(events)) == 2
    assert [event.faces for event in closed(events)] == [2, 2]


def test_somebody_who_joins_near_is_not_taken_for_the_one_who_is_there() -> None:
    door = Door()
    events = door.watch(2.0, (1, 100)) + door.watch(2.0, (1, 100), (2, 180)) + door.watch(3.0)
    assert len(opened(events)) == 2


@pytest.mark.parametrize(
    ("settings", "size", "visits"),
    [
        (CameraSettings(min_face_px=80), 60, 0),
        (CameraSettings(min_face_px=50), 60, 1),
        (CameraSettings(min_score=0.99), 60, 0),
        (CameraSettings(include=(((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)),)), 60, 0),
        (CameraSettings(exclude=(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)), 60, 0),
        (CameraSettings(exclude=(((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)),)), 60, 1),
    ],
)
def test_rules_of_size_score_and_place(settings: CameraSettings, size: float, visits: int) -> None:
    assert len(opened(Door(settings).look((1, 100), size=size))) == visits


def test_dwell_keeps_passers_by_out() -> None:
    passing = Door(CameraSettings(dwell_s=2))
    assert passing.watch(1.6, (1, 100)) + passing.watch(5.0) == []
    waiting = Door(CameraSettings(dwell_s=2))
    (opening,) = opened(waiting.watch(4.0, (1, 100)))
    assert opening.opened_s == 0.0


def test_a_poster_is_one_visit_and_then_silence() -> None:
    door = Door()
    events = door.watch(3 * STILL_S, (1, 100), stirring=False)
    events += door.watch(5.0)  # somebody stands before it
    events += door.watch(STILL_S, (2, 100), stirring=False)
    assert len(opened(events)) == len(closed(events)) == 1
    assert closed(events)[0].closed_s == pytest.approx(STILL_S, abs=1)


def test_a_poster_that_walks_is_somebody() -> None:
    door = Door()
    door.watch(2 * STILL_S, (1, 100), stirring=False)
    assert len(opened(door.watch(1.0, (1, 160)))) == 1


def test_somebody_who_stands_and_sways_is_no_poster() -> None:
    door = Door()
    assert closed(door.watch(3 * STILL_S, (1, 100))) == []


def test_the_best_shot_is_the_best_and_survives_the_decoder() -> None:
    door = Door()
    door.look((1, 100), quality=0.3)
    door.look((1, 110), quality=0.8)
    door.look((1, 120), quality=0.5)
    (closing,) = door.watch(3.0)
    assert closing.best.quality == 0.8
    assert closing.best.frame.index == 1
    assert closing.best.face.box.x == 110


def test_a_hardly_better_shot_is_not_worth_a_copy() -> None:
    door = Door()
    door.look((1, 100), quality=0.50)
    door.look((1, 110), quality=0.54)
    (closing,) = door.watch(3.0)
    assert closing.best.frame.index == 0


def test_visits_of_one_frame_share_its_copy() -> None:
    one, other = Door().look((1, 100), (2, 600))
    assert one.best.frame is other.best.frame


def test_the_end_of_the_stream_closes_what_is_open() -> None:
    door = Door()
    door.watch(2.0, (1, 100))
    (closing,) = door.visits.close(2.0, WALL + 2.0)
    assert (closing.closed_s, closing.closed_at) == (2.0, WALL + 2.0)
    assert door.visits.close(2.0, WALL + 2.0) == ()


def test_the_end_of_the_stream_does_not_lengthen_a_visit_that_was_over() -> None:
    door = Door()
    door.watch(2.0, (1, 100))
    door.watch(1.6)
    (closing,) = door.visits.close(door.time_s, WALL + door.time_s)
    assert closing.closed_s == pytest.approx(1.8)


def test_every_visit_opens_and_closes_once_whatever_happens() -> None:
    rng = np.random.default_rng(4)
    door, events, track_id = Door(CameraSettings(rearm_s=4)), [], 0
    for _ in range(400):
        track_id += int(rng.random() < 0.1)
        door.body = bool(rng.random() < 0.5)
        seen = [(track_id + other, float(rng.uniform(0, 1200))) for other in range(3) if rng.random() < 0.4]
        events += door.look(*seen)
    events += door.visits.close(door.time_s, WALL + door.time_s)
    assert sorted(str(event.visit_id) for event in opened(events)) == sorted(
        str(event.visit_id) for event in closed(events)
    )
    assert len({event.visit_id for event in opened(events)}) == len(opened(events)) > 10
    assert all(event.closed_s >= event.opened_s for event in closed(events) if event.closed_s is not None)
