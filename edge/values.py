"""The small typed values that pass between the stages; images are numpy arrays, lengths pixels, times seconds."""

from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the frame: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Planes:
    """One picture as YUV 4:2:0: `y` is (H, W), `u` and `v` are (H/2, W/2) uint8, H and W even; never written to.

    They may be views into a decoder's buffer: copy before drawing, and do not keep them longer than needed.
    """

    y: Plane
    u: Plane
    v: Plane

    @property
    def width(self) -> int:
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        return int(self.y.shape[0])


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one camera.

    `time_s` runs monotonically on the stream's own clock (media time for files, arrival for live cameras);
    `captured_at` is the wall clock in UTC seconds since 1970, for people and for latency figures.
    """

    planes: Planes = field(repr=False)
    time_s: float
    captured_at: float
    index: int


@dataclass(frozen=True, slots=True)
class Face:
    """One detection in frame pixels, score 0-1; keypoints: right eye, left eye, nose, mouth, right ear, left ear."""

    box: Box
    score: float
    keypoints: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame and where the faces in it are."""

    frame: Frame
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """One person's face followed over time; `seen_s` is when a detection last confirmed it."""

    track_id: int
    face: Face
    first_s: float
    seen_s: float
    hits: int


@dataclass(frozen=True, slots=True)
class BestShot:
    """The picture of a visit worth showing; `quality` is size x sharpness x score x frontality, only to compare."""

    frame: Frame
    face: Face
    quality: float


@dataclass(frozen=True, slots=True)
class VisitEvent:
    """A visit opened (closed_s None) or closed, on the stream's clock, with its best shot so far."""

    visit_id: UUID
    track_id: int
    opened_s: float
    opened_at: float
    closed_s: float | None
    closed_at: float | None
    faces: int
    best: BestShot


@dataclass(frozen=True, slots=True)
class VisitReport:
    """What leaves a camera's pipeline for the outbox: a visit opened or closed, with its JPEG; `box` in JPEG pixels."""

    visit_id: UUID
    camera: str
    opened_at: float
    closed_at: float | None
    faces: int
    score: float
    box: Box
    picture: bytes = field(repr=False)
