"""A full outbox: what goes first, what never goes, and that the loss is counted."""

from pathlib import Path

import cv2
import numpy as np
from kept_visits import QUOTA, waiting
from moved_clock import MovedClock
from visit_reports import closing, opening

from edge.alerts.outbox import Outbox


def test_a_full_quota_drops_pictures_of_the_oldest_closed_visits_first(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 10_000, clock)
    still_open = opening(picture=bytes(3000))
    outbox.put(still_open)
    for _ in range(4):
        outbox.put(closing(picture=bytes(2000)))
    pictures = [len(visit.picture) for visit in waiting(outbox)]
    assert pictures == [3000, 0, 2000, 2000, 2000]
    figures = outbox.figures()
    assert (figures.pictures_dropped, figures.visits_dropped, figures.length) == (1, 0, 5)
    assert figures.size_bytes <= 10_000


def test_a_full_quota_halves_pictures_before_it_drops_any(path: Path, clock: MovedClock) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    jpeg = cv2.imencode(".jpg", noise)[1].tobytes()
    outbox = Outbox(path, 12 * len(jpeg), clock)
    for _ in range(20):
        outbox.put(closing(picture=jpeg))
    sizes = [len(visit.picture) for visit in waiting(outbox)]
    figures = outbox.figures()
    assert len(sizes) == 20
    assert figures.pictures_shrunk >= 8
    assert (figures.pictures_dropped, figures.visits_dropped) == (0, 0)
    assert sizes == sorted(sizes)  # the oldest are the small ones
    oldest = waiting(outbox)[0]
    assert cv2.imdecode(np.frombuffer(oldest.picture, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (120, 160)
    assert oldest.box == (11 / 2, 21 / 2, 31 / 2, 41 / 2)


def test_thirty_days_without_a_hub_are_bounded_and_told(path: Path) -> None:
    """Ten visits a day into room for a fortnight: nothing grows, everything that went is counted."""
    clock = MovedClock(1_800_000_000.0)
    noise = np.random.default_rng(1).integers(0, 255, (160, 200, 3), dtype=np.uint8)
    jpeg = cv2.imencode(".jpg", noise)[1].tobytes()
    quota = 150 * len(jpeg)
    outbox = Outbox(path, quota, clock)
    for _ in range(30 * 10):
        clock.move(86400 / 10)
        outbox.put(closing(picture=jpeg, at=clock.wall()))
    figures = outbox.figures()
    assert figures.size_bytes <= quota
    assert figures.length + figures.visits_dropped == 300
    assert figures.pictures_shrunk > 120
    assert figures.visits_dropped == 0
    assert len(waiting(outbox)[-1].picture) == len(jpeg)
    assert path.stat().st_size < 1.2 * quota + 2**21


def test_then_whole_visits_go_and_the_count_survives(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 3_000, clock)
    sequences = [outbox.put(closing(picture=bytes(1000))) for _ in range(40)]
    left = outbox.closings(0, 100)
    figures = Outbox(path, 3_000, clock).figures()
    assert left == sequences[-len(left) :]
    assert figures.visits_dropped == 40 - len(left)
    assert figures.size_bytes <= 3_000


def test_open_visits_are_kept_whatever_the_quota(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, 1_000, clock)
    for _ in range(3):
        outbox.put(opening(picture=bytes(2000)))
    assert len(waiting(outbox)) == 3
    assert outbox.figures().visits_dropped == 0


def test_a_picture_too_large_for_the_wire_stays_behind(path: Path, clock: MovedClock) -> None:
    outbox = Outbox(path, QUOTA, clock)
    outbox.put(closing(picture=bytes(2 * 1024 * 1024 + 1)))
    (visit,) = waiting(outbox)
    assert visit.picture == b""
