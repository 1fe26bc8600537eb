"""Our BlazeFace against MediaPipe's own detector on the same pictures (golden/blazeface/make.py made its answers)."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage

from edge.detect.anchors import FULL_RANGE, SHORT_RANGE, ModelShape, anchor_centres
from edge.detect.blazeface import BlazeFace, Detectors, load_detectors
from edge.detect.decode import Detections, decode
from edge.detect.letterbox import RgbImage, View, whole
from edge.detect.nms import overlaps, weighted_nms
from edge.values import Plane

GOLDEN = Path(__file__).parents[2] / "golden" / "blazeface"
MEDIAPIPE = json.loads((GOLDEN / "mediapipe.json").read_text())
WINDOWS = {
    "whole": (0, 0, 512, 512),
    "wide": (0, 0, 512, 300),
    "tall": (120, 0, 340, 512),
    "tight": (150, 20, 310, 200),
    "corner": (200, 60, 512, 512),
}
LOWEST = {"short": 0.5, "full": 0.6}
"""MediaPipe's own thresholds: its full-range graph takes 0.6 whatever it is asked for."""

SHAPES = {"short": SHORT_RANGE, "full": FULL_RANGE}


@pytest.fixture(scope="module")
def detectors() -> Detectors:
    return load_detectors()


def astronaut(window: str) -> Plane:
    picture = cv2.imread(str(Path(skimage.__file__).parent / "data" / "astronaut.png"), cv2.IMREAD_COLOR)
    x, y, right, bottom = WINDOWS[window]
    return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)[y:bottom, x:right])


def expected(model: str, name: str, width: int, height: int) -> Detections:
    """MediaPipe's detections in pixels."""
    size = np.array([width, height], np.float32)
    found = MEDIAPIPE[model][name]
    rows = [
        [one["box"][:2], np.add(one["box"][:2], one["box"][2:]), *one["keypoints"]] for one in found
    ]  # fmt: skip
    points = np.array(rows, np.float32).reshape(-1, 8, 2) * size
    return Detections(points, np.array([one["score"] for one in found], np.float32))


def assert_agrees(ours: Detections, theirs: Detections, diagonal: float) -> None:
    assert len(ours.scores) == len(theirs.scores)
    for points, score in zip(theirs.points, theirs.scores, strict=True):
        overlap = overlaps(ours.points, points)
        best = int(np.argmax(overlap))
        assert overlap[best] >= 0.9
        assert abs(float(ours.scores[best] - score)) <= 0.02
        assert np.abs(ours.points[best] - points).max() <= 0.02 * diagonal


@pytest.mark.parametrize("model", ["short", "full"])
@pytest.mark.parametrize("window", list(WINDOWS))
def test_agrees_with_mediapipe(detectors: Detectors, model: str, window: str) -> None:
    image = RgbImage(astronaut(window))
    ours = find(detectors, model).find(image, whole(image.width, image.height), LOWEST[model])
    theirs = expected(model, f"astronaut.png:{window}", image.width, image.height)
    assert_agrees(ours, theirs, float(np.hypot(image.width, image.height)))


@pytest.mark.parametrize("model", ["short", "full"])
def test_agrees_with_mediapipe_on_annotated_pictures(detectors: Detectors, model: str, media: Path) -> None:
    names = [name for name in MEDIAPIPE[model] if ":" not in name]
    assert len(names) >= 30
    for name in names:
        picture = cv2.imread(str(media / "images" / "faces" / name), cv2.IMREAD_COLOR)
        image = RgbImage(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8))
        ours = find(detectors, model).find(image, whole(image.width, image.height), LOWEST[model])
        theirs = expected(model, name, image.width, image.height)
        assert_agrees(ours, theirs, float(np.hypot(image.width, image.height)))


@pytest.mark.parametrize("model", ["short", "full"])
def test_decodes_recorded_tensors_as_mediapipe_does(model: str) -> None:
    """Pure: the models' recorded outputs through anchors, decoding and suppression, without TensorFlow Lite."""
    shape = SHAPES[model]
    with np.load(GOLDEN / "tensors.npz") as tensors:
        regressors, logits = dense(shape, *(tensors[f"{model}_{kind}"] for kind in ("rows", "regressors", "logits")))
    found = weighted_nms(decode(regressors, logits, anchor_centres(shape), shape.side, LOWEST[model]))
    view = whole(512, 300)
    ours = Detections(view.to_picture(found.points), found.scores)
    assert_agrees(ours, expected(model, "astronaut.png:wide", 512, 300), float(np.hypot(512, 300)))


def test_a_mirrored_view_finds_the_same_face(detectors: Detectors) -> None:
    image = RgbImage(astronaut("whole"))
    plain = detectors.full.find(image, View(226, 120, 300), 0.5)
    mirrored = detectors.full.find(image, View(226, 120, 300, mirrored=True), 0.5)
    assert overlaps(mirrored.points, plain.points[0])[0] > 0.8
    assert np.abs(mirrored.points[0] - plain.points[0]).max() < 12  # left stays left: eyes and ears are not swapped


def test_the_mesh_tells_a_face_from_a_rocket(detectors: Detectors) -> None:
    image = RgbImage(astronaut("whole"))
    face = detectors.full.find(image, whole(512, 512), 0.5).points[0]
    assert detectors.mesh.presence(image, face) > 20
    assert detectors.mesh.presence(image, face + np.float32(230)) < 0


def test_inferences_are_counted(detectors: Detectors) -> None:
    image, before = RgbImage(astronaut("tight")), detectors.inferences
    detectors.short.find(image, whole(160, 180), 0.5)
    assert detectors.inferences == before + 1


def find(detectors: Detectors, model: str) -> BlazeFace:
    return detectors.short if model == "short" else detectors.full


def dense(
    shape: ModelShape, rows: np.ndarray, regressors: np.ndarray, logits: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """All rows of a model's outputs; those not recorded are hopeless."""
    count = len(anchor_centres(shape))
    all_regressors = np.zeros((count, 16), np.float32)
    all_logits = np.full(count, -100.0, np.float32)
    all_regressors[rows], all_logits[rows] = regressors, logits
    return all_regressors, all_logits
