import cv2
import numpy as np

from edge.alerts.snapshot import plain_snapshot, snapshot
from edge.stream.annotate import BOX_RGB
from edge.values import BestShot, Box, Face, Frame, Planes
from edge.wire.messages import PICTURE_LIMIT


def shot(width: int, height: int, box: Box, noise: bool = False) -> BestShot:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 256, (height, width), np.uint8) if noise else np.full((height, width), 90, np.uint8)
    chroma = np.full((height // 2, width // 2), 128, np.uint8)
    return BestShot(Frame(Planes(y, chroma, chroma.copy()), 0.0, 0.0, 1), Face(box, 0.9), 1.0)


def decoded(jpeg: bytes) -> np.ndarray:
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def test_a_small_picture_keeps_its_size_and_frames_the_face() -> None:
    jpeg, box = snapshot(shot(640, 480, Box(100, 100, 60, 80)))
    picture = decoded(jpeg)
    assert picture.shape == (480, 640, 3)
    assert box == Box(100, 100, 60, 80)
    assert np.abs(picture[98:100, 110:150].mean(axis=(0, 1)) - BOX_RGB).max() < 40
    assert np.abs(picture[120:160, 120:140].mean() - 86) < 8


def test_a_large_picture_is_scaled_and_so_is_its_box() -> None:
    jpeg, box = snapshot(shot(3840, 2160, Box(1000, 500, 200, 300)))
    assert decoded(jpeg).shape == (1080, 1920, 3)
    assert box == Box(500, 250, 100, 150)


def test_a_box_over_the_edge_is_cut_to_the_picture() -> None:
    _, box = snapshot(shot(640, 480, Box(-20, 440, 100, 100)))
    assert box == Box(0, 440, 80, 40)


def test_the_worst_picture_fits_into_a_message() -> None:
    jpeg, _ = snapshot(shot(1920, 1920, Box(10, 10, 50, 50), noise=True))
    assert len(jpeg) <= PICTURE_LIMIT


def test_a_plain_snapshot_shows_the_picture_alone() -> None:
    picture = decoded(plain_snapshot(shot(640, 480, Box(0, 0, 10, 10)).frame.planes))
    assert int(picture.max()) - int(picture.min()) < 6


def test_the_frame_is_not_drawn_on() -> None:
    best = shot(640, 480, Box(100, 100, 60, 80))
    snapshot(best)
    assert (best.frame.planes.y == 90).all()
