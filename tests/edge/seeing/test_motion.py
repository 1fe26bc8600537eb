"""Motion: noise, slow light and exposure are no motion; somebody who comes is, and is still there when standing."""

import numpy as np
import pytest

from edge.seeing.motion import MotionDetector
from edge.values import Box, Plane

WIDTH, HEIGHT = 960, 540
ROOM = np.clip(np.add.outer(np.linspace(60, 160, HEIGHT), np.linspace(0, 60, WIDTH)), 0, 255)


def scene(rng: np.random.Generator, light: float = 0.0, person: Box | None = None, sigma: float = 2.5) -> Plane:
    picture = ROOM + light + rng.normal(0, sigma, ROOM.shape)
    if person:
        x, y, w, h = int(person.x), int(person.y), int(person.w), int(person.h)
        picture[y : y + h, x : x + w] = 30 + rng.normal(0, sigma, (h, w))
    return np.clip(picture, 0, 255).astype(np.uint8)


def settled(rng: np.random.Generator, until_s: float = 5.0) -> MotionDetector:
    detector = MotionDetector()
    for step in range(int(until_s * 5)):
        detector.update(scene(rng), step / 5)
    return detector


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_the_first_picture_is_a_new_scene() -> None:
    motion = MotionDetector().update(ROOM.astype(np.uint8), 0.0)
    assert motion.cut
    assert motion.regions == ()


@pytest.mark.parametrize("sigma", [0.0, 2.5, 4.0])
def test_sensor_noise_is_no_motion(rng: np.random.Generator, sigma: float) -> None:
    detector = MotionDetector()
    seen = [detector.update(scene(rng, sigma=sigma), step / 5) for step in range(30)]
    assert all(not motion.regions for motion in seen)


def test_slow_light_is_no_motion(rng: np.random.Generator) -> None:
    detector = settled(rng)
    seen = [detector.update(scene(rng, light=step * 0.3), 5 + step / 5) for step in range(100)]
    assert all(not motion.regions and not motion.cut for motion in seen)


def test_a_jump_of_exposure_is_no_motion(rng: np.random.Generator) -> None:
    detector = settled(rng)
    assert detector.update(scene(rng, light=15), 5.2).regions == ()


def test_somebody_who_comes_is_seen_where_they_are(rng: np.random.Generator) -> None:
    detector = settled(rng)
    motion = detector.update(scene(rng, person=Box(400, 200, 80, 200)), 5.2)
    (region,) = motion.regions
    assert not motion.cut
    assert region.x <= 400
    assert region.x + region.w >= 480
    assert region.w < 140
    assert region.h < 260


def test_somebody_small_and_far_is_seen(rng: np.random.Generator) -> None:
    detector = settled(rng)
    assert len(detector.update(scene(rng, person=Box(700, 300, 14, 36)), 5.2).regions) == 1


def test_another_scene_is_a_cut(rng: np.random.Generator) -> None:
    detector = settled(rng)
    other = np.clip(255 - scene(rng).astype(int) * 1.5, 0, 255).astype(np.uint8)
    assert detector.update(other, 5.2).cut
    assert detector.update(other, 5.4).regions == ()


def test_half_a_picture_of_change_at_once_is_a_cut_but_the_background_stays(rng: np.random.Generator) -> None:
    detector, place = settled(rng), Box(0, 0, 400, 540)
    assert detector.update(scene(rng, person=place), 5.2).cut
    assert not detector.update(scene(rng, person=place), 5.4).cut
    assert detector.update(scene(rng), 5.6).cut
    assert not detector.occupied(place)


def test_another_size_is_a_cut(rng: np.random.Generator) -> None:
    assert settled(rng).update(np.zeros((240, 320), np.uint8), 5.2).cut


def test_more_than_half_a_picture_of_change_is_not_taken_for_noise(rng: np.random.Generator) -> None:
    """The medians that tell noise and exposure are then those of the newcomer."""
    detector = settled(rng)
    motion = detector.update(scene(rng, person=Box(200, 0, 530, 540)), 5.2)
    assert motion.cut or motion.regions


def test_who_stands_still_is_still_there_but_moves_no_more(rng: np.random.Generator) -> None:
    detector, place = settled(rng), Box(400, 200, 80, 200)
    for step in range(100):
        motion = detector.update(scene(rng, person=place), 5.2 + step / 5)
    assert motion.regions == ()
    assert detector.occupied(place)
    assert not detector.occupied(Box(100, 200, 80, 200))


def test_who_has_left_is_gone_from_their_place_at_once(rng: np.random.Generator) -> None:
    detector, place = settled(rng), Box(400, 200, 80, 200)
    for step in range(25):
        detector.update(scene(rng, person=place), 5.2 + step / 5)
    detector.update(scene(rng), 10.4)
    assert not detector.occupied(place)


def test_scenery_is_what_was_there_long_enough(rng: np.random.Generator) -> None:
    detector, place = MotionDetector(), Box(400, 200, 80, 200)
    detector.update(scene(rng), 0.0)
    detector.update(scene(rng), 0.2)
    assert not detector.unchanged(place)
    assert settled(rng).unchanged(place)


@pytest.mark.parametrize("place", [Box(-500, -500, 10, 10), Box(5000, 10, 10, 10), Box(950, 530, 400, 400)])
def test_places_beyond_the_picture_are_empty(rng: np.random.Generator, place: Box) -> None:
    assert not settled(rng).occupied(place)


def test_tiny_pictures_do_no_harm() -> None:
    detector = MotionDetector()
    for step in range(3):
        detector.update(np.full((2, 2), 40 * step, np.uint8), step / 5)


def test_the_trail_of_who_has_passed_is_no_motion(rng: np.random.Generator) -> None:
    """The background takes seconds to forget somebody; nobody need look for faces there."""
    detector = settled(rng)
    for step in range(10):
        motion = detector.update(scene(rng, person=Box(100 + 60 * step, 200, 80, 200)), 5.2 + step / 5)
    assert all(region.x > 500 for region in motion.regions)
    assert motion.regions
