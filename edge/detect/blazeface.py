"""The neural networks, wrapped: BlazeFace finds faces in a view, the face mesh says whether a find is one.

Interpreters are not thread-safe: whoever shares a `Detectors` between threads holds its lock while using it.
"""

from math import atan2, log
from pathlib import Path
from threading import Lock

import numpy as np

from edge.detect import models
from edge.detect.anchors import FULL_RANGE, SHORT_RANGE, ModelShape, anchor_centres
from edge.detect.decode import Detections, Floats, decode
from edge.detect.interpreter import build
from edge.detect.letterbox import Image, View
from edge.detect.nms import weighted_nms
from edge.errors import ModelError

MESH_PIXELS = 192
MESH_MARGIN = 1.5
"""The mesh wants the face's box grown by a quarter on each side (MediaPipe's face_detection_front_detection_to_roi)."""

NOTHING = Detections(np.empty((0, 8, 2), np.float32), np.empty(0, np.float32))


class BlazeFace:
    """One BlazeFace model; `runs` counts its inferences."""

    def __init__(self, model: bytes, shape: ModelShape, name: str) -> None:
        self._interpreter = build(model, name)
        self._shape = shape
        self._anchors = anchor_centres(shape)
        outputs = {int(item["shape"][-1]): int(item["index"]) for item in self._interpreter.get_output_details()}
        if not {1, 16} <= outputs.keys():
            raise ModelError(f"{name} is not a BlazeFace model")
        self._regressors, self._logits = outputs[16], outputs[1]
        self._input = int(self._interpreter.get_input_details()[0]["index"])
        self._pixels = np.empty((1, shape.side, shape.side, 3), np.float32)
        self.runs = 0

    def find(self, image: Image, view: View, min_score: float) -> Detections:
        """Faces in the view, best first, in pixels of the image."""
        found = self._detect(image, view, min_score)
        return weighted_nms(found) if len(found.scores) else found

    def find_near(self, image: Image, view: View, min_score: float, box: Floats) -> Detections:
        """The same of those alone that touch a box (>= 2, 2); sorting out all else costs more than looking."""
        found = self._detect(image, view, min_score)
        low, high = np.maximum(found.points[:, 0], box[0]), np.minimum(found.points[:, 1], box[1])
        near = (low < high).all(axis=1)
        return weighted_nms(Detections(found.points[near], found.scores[near]))

    def _detect(self, image: Image, view: View, min_score: float) -> Detections:
        """All that score, unsorted and overlapping, in pixels of the image."""
        np.multiply(image.cut(view, self._shape.side)[None], np.float32(1 / 127.5), out=self._pixels)
        self._pixels -= np.float32(1)
        self._interpreter.set_tensor(self._input, self._pixels)
        self._interpreter.invoke()
        self.runs += 1
        logits = self._interpreter.get_tensor(self._logits)[0, :, 0]
        if logits.max() < log(min_score / (1 - min_score)):
            return NOTHING
        regressors = self._interpreter.get_tensor(self._regressors)[0]
        found = decode(regressors, logits, self._anchors, self._shape.side, min_score)
        return Detections(_straight(view.to_picture(found.points), view.mirrored), found.scores)


class FaceMesh:
    """MediaPipe's face mesh, used for one number only: how sure it is that a face is there."""

    def __init__(self, model: bytes, name: str) -> None:
        self._interpreter = build(model, name)
        outputs = {int(np.prod(item["shape"])): int(item["index"]) for item in self._interpreter.get_output_details()}
        if 1 not in outputs:
            raise ModelError(f"{name} is not a face mesh model")
        self._presence = outputs[1]
        self._input = int(self._interpreter.get_input_details()[0]["index"])
        self.runs = 0

    def presence(self, image: Image, points: Floats) -> float:
        """The logit of a face being there; `points` (8, 2) as in Detections. Most faces give 10 to 60."""
        rgb = image.cut(_face_view(points), MESH_PIXELS)
        self._interpreter.set_tensor(self._input, rgb[None] * np.float32(1 / 255))
        self._interpreter.invoke()
        self.runs += 1
        return float(self._interpreter.get_tensor(self._presence).ravel()[0])


class Detectors:
    """The models that seeing needs, about 31 MB; `lock` is held by whoever uses them when threads share them."""

    def __init__(self, short: BlazeFace, full: BlazeFace, mesh: FaceMesh) -> None:
        self.short = short
        self.full = full
        self.mesh = mesh
        self.lock = Lock()

    @property
    def inferences(self) -> int:
        """How often any of the models has run."""
        return self.short.runs + self.full.runs + self.mesh.runs


def load_detectors(models_dir: Path | None = None) -> Detectors:
    """A fresh set of models from `models_dir` (see models.find_dir); ModelError says what to do without them."""
    directory = models.find_dir(models_dir)
    return Detectors(
        BlazeFace(models.read(models.SHORT, directory), SHORT_RANGE, models.SHORT.name),
        BlazeFace(models.read(models.FULL, directory), FULL_RANGE, models.FULL.name),
        FaceMesh(models.read(models.MESH, directory), models.MESH.name),
    )


def _straight(points: Floats, mirrored: bool) -> Floats:
    """Undo what a mirrored view does to a find: its corners and the names left and right change places."""
    if not mirrored:
        return points
    straight = points[:, [0, 1, 3, 2, 4, 5, 7, 6]]
    straight[:, :2, 0] = straight[:, 1::-1, 0]
    return straight


def _face_view(points: Floats) -> View:
    """The square around a face that the mesh wants, turned so that the eyes are level."""
    low, high, right_eye, left_eye = points[:4]
    angle = atan2(left_eye[1] - right_eye[1], left_eye[0] - right_eye[0])
    x, y = (low + high) / 2
    return View(float(x), float(y), float(max(high - low)) * MESH_MARGIN, angle)
