"""Merging finds, dropping parts of faces, and the whole search on a picture in which the face is small."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage

from edge.detect.blazeface import Detectors, load_detectors
from edge.detect.decode import Floats
from edge.detect.letterbox import RgbImage
from edge.detect.search import Find, distinct, face_of, find_faces, merge, points_of
from edge.detect.verify import ACCEPT, Verdict, glance, same_face, scrutinise


@pytest.fixture(scope="module")
def detectors() -> Detectors:
    return load_detectors()


def square(x: float, y: float, side: float) -> Floats:
    keypoints = [(x + side / 2, y + side / 2)] * 6
    return np.array([(x, y), (x + side, y + side), *keypoints], np.float32)


def picture(name: str) -> np.ndarray:
    bgr = cv2.imread(str(Path(skimage.__file__).parent / "data" / name), cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def test_merge_keeps_the_best_of_what_means_the_same() -> None:
    finds = [Find(square(0, 0, 20), 0.6), Find(square(2, 1, 20), 0.9), Find(square(100, 0, 20), 0.5)]
    assert [find.score for find in merge(finds)] == [0.9, 0.5]


def test_an_eye_is_no_face_of_its_own() -> None:
    face, eye, other = square(0, 0, 100), square(10, 20, 30), square(300, 0, 100)
    kept = distinct([Verdict(2.0, eye), Verdict(9.0, face), Verdict(3.0, other)])
    assert [verdict.evidence for verdict in kept] == [9.0, 3.0]


def test_same_face_by_overlap_or_by_mutual_centres() -> None:
    assert same_face(square(0, 0, 20), square(4, 0, 20))
    assert same_face(square(0, 0, 20), square(6, 5, 10))
    assert not same_face(square(0, 0, 20), square(15, 0, 20))
    assert not same_face(square(0, 0, 100), square(45, 45, 10))


def test_a_face_and_its_points_are_one_thing() -> None:
    points = square(3, 4, 10)
    face = face_of(points, 0.5)
    assert face.box.w == 10
    assert len(face.keypoints) == 6
    assert np.allclose(points_of(face), points)


def test_finds_a_face_that_is_small_in_its_picture(detectors: Detectors) -> None:
    scene = cv2.resize(picture("coffee.png"), (1600, 1066))
    scene[300:556, 1000:1256] = cv2.resize(picture("astronaut.png"), (256, 256), interpolation=cv2.INTER_AREA)
    (face,) = find_faces(detectors, RgbImage(scene))
    assert 1085 < face.box.x + face.box.w / 2 < 1141
    assert 332 < face.box.y + face.box.h / 2 < 388
    assert face.score > 0.99


@pytest.mark.parametrize(
    "name", ["coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg"]
)
def test_finds_nothing_where_nobody_is(detectors: Detectors, name: str) -> None:
    assert find_faces(detectors, RgbImage(picture(name))) == ()


def test_both_checks_tell_a_face_from_a_cat(detectors: Detectors) -> None:
    astronaut, cat = RgbImage(picture("astronaut.png")), RgbImage(picture("chelsea.png"))
    face, muzzle = square(176, 65, 98), square(130, 80, 110)
    for check in (glance, scrutinise):
        assert check(detectors, astronaut, face).evidence > ACCEPT + 3
        assert check(detectors, cat, muzzle).evidence < ACCEPT - 1


def test_a_verdict_is_a_probability() -> None:
    assert Verdict(0.0, square(0, 0, 1)).probability == 0.5
    assert 0 <= Verdict(-1e9, square(0, 0, 1)).probability < 0.01
    assert 0.99 < Verdict(1e9, square(0, 0, 1)).probability <= 1
