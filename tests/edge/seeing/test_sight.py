"""One camera's seeing, whole: a real face cut into a made-up scene, and the annotated clips."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage

from edge.seeing.sight import Sight, load_detectors
from edge.values import Box, Frame, Planes, Track, VisitEvent
from edge.wire.messages import CameraSettings

WIDTH, HEIGHT, RATE = 960, 540, 5
ASTRONAUT = Path(skimage.__file__).parent / "data" / "astronaut.png"


def portrait(size: int) -> np.ndarray:
    """Head and shoulders; the face is about a fifth as high as the picture."""
    bgr = cv2.imread(str(ASTRONAUT), cv2.IMREAD_COLOR)
    return np.asarray(cv2.resize(bgr[:420, 40:460], (size, size), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass
class Scene:
    """A wall with sensor noise; `frame` pastes the portrait with its left top at (x, y), or nobody."""

    size: int = 240
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def __post_init__(self) -> None:
        x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
        self.wall = np.dstack([90 + 30 * np.sin(x / 60), 100 + 20 * np.cos(y / 45), 110 + x / 40]).astype(np.float32)
        self.person = portrait(self.size)

    def frame(self, time_s: float, place: tuple[int, int] | None) -> Frame:
        picture = self.wall.copy()
        if place:
            x, y = place
            left, right = max(0, x), min(WIDTH, x + self.size)
            picture[y : y + self.size, left:right] = self.person[: HEIGHT - y, left - x : right - x]
        noisy = np.clip(picture + self.rng.normal(0, 2.0, picture.shape), 0, 255).astype(np.uint8)
        packed = np.asarray(cv2.cvtColor(noisy, cv2.COLOR_BGR2YUV_I420), np.uint8)
        u, v = packed[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
        return Frame(Planes(packed[:HEIGHT], u, v), time_s, 1e9 + time_s, round(time_s * RATE))


@dataclass
class Watch:
    """What came of showing a sight some seconds."""

    sight: Sight
    scene: Scene = field(default_factory=Scene)
    time_s: float = 0.0
    events: list[VisitEvent] = field(default_factory=list)
    boxes: list[tuple[Box, ...]] = field(default_factory=list)

    def show(self, seconds: float, start: tuple[int, int] | None = None, speed: float = 0.0) -> None:
        for step in range(round(seconds * RATE)):
            place = (round(start[0] + speed * step / RATE), start[1]) if start else None
            self.events += self.sight.look(self.scene.frame(self.time_s, place)).events
            self.boxes.append(self.sight.forecast().at(self.time_s))
            self.time_s = round(self.time_s + 1 / RATE, 6)

    def close(self) -> None:
        self.events += self.sight.close(self.time_s, 1e9 + self.time_s)

    @property
    def visits(self) -> list[VisitEvent]:
        return [event for event in self.events if event.closed_s is not None]


@pytest.fixture
def watch() -> Watch:
    return Watch(Sight(load_detectors(), CameraSettings()))


def test_somebody_comes_and_goes(watch: Watch) -> None:
    watch.show(4)
    assert watch.events == []
    watch.show(4, (200, 150), speed=60)
    (opening,) = watch.events
    assert opening.opened_s - 4.0 <= 0.4
    assert opening.best.face.score > 0.9
    assert sum(bool(boxes) for boxes in watch.boxes[20:]) >= 18
    watch.show(4)
    (closing,) = watch.visits
    assert closing.visit_id == opening.visit_id
    assert closing.closed_s == pytest.approx(7.8, abs=0.3)
    assert watch.boxes[-1] == ()
    watch.close()
    assert len(watch.events) == 2


def test_the_box_is_on_the_face_between_looks_too(watch: Watch) -> None:
    watch.show(4)
    watch.show(3, (100, 150), speed=150)
    between_s = watch.time_s - 0.1
    (box,) = watch.sight.forecast().at(between_s)
    left = 100 + 150 * (between_s - 4)
    expected_x = left + watch.scene.size * (226 - 40) / 420
    assert box.x + box.w / 2 == pytest.approx(expected_x, abs=12)


def test_the_best_shot_is_a_copy(watch: Watch) -> None:
    watch.show(4)
    frame = watch.scene.frame(4.0, (300, 150))
    (opening,) = watch.sight.look(frame).events
    assert not np.shares_memory(opening.best.frame.planes.y, frame.planes.y)


def test_two_who_come_one_after_the_other_are_two(watch: Watch) -> None:
    watch.show(4)
    for _ in range(2):
        watch.show(3, (300, 150), speed=20)
        watch.show(4)
    assert len(watch.visits) == 2


@pytest.mark.parametrize("speed", [60, 110])
@pytest.mark.parametrize("noise", range(4))
def test_who_walks_behind_a_pillar_for_two_seconds_is_still_the_same(watch: Watch, noise: int, speed: int) -> None:
    watch.scene = Scene(rng=np.random.default_rng(noise))
    watch.show(3)
    watch.show(3, (60, 150), speed=speed)
    before = [event.track_id for event in watch.events]
    watch.show(2)
    watch.show(1, (60 + 5 * speed, 150), speed=speed)
    watch.close()
    assert [visit.track_id for visit in watch.visits] == before


def test_two_who_cross_do_not_swap(watch: Watch) -> None:
    """The nearer one walks to the right in front, the farther one to the left behind."""
    near, far = Scene(240), Scene(150)

    def step(left: int, right: int) -> tuple[Track, ...]:
        frame = far.frame(watch.time_s, (right, 90))
        front = near.frame(watch.time_s, (left, 260)).planes
        for name, scale in (("y", 1), ("u", 2), ("v", 2)):
            place = (slice(260 // scale, 500 // scale), slice(left // scale, (left + 240) // scale))
            getattr(frame.planes, name)[place] = getattr(front, name)[place]
        looked = watch.sight.look(frame)
        watch.events += looked.events
        watch.time_s = round(watch.time_s + 1 / RATE, 6)
        return looked.tracks

    watch.show(3)
    sizes: dict[int, list[float]] = {}
    for index in range(25):
        for track in step(40 + 24 * index, 780 - 24 * index):
            sizes.setdefault(track.track_id, []).append(track.face.box.h)
    assert len(sizes) == 2
    assert all(max(heights) < 1.5 * min(heights) for heights in sizes.values())


def test_a_steady_walker_costs_less_than_two_inferences_a_look(watch: Watch) -> None:
    watch.show(4)
    watch.show(1, (60, 150), speed=60)
    before = watch.sight.inferences
    watch.show(6, (120, 150), speed=60)
    assert watch.sight.inferences - before <= 2 * 6 * RATE * 0.6
    assert all(watch.boxes[-6 * RATE :])


def test_a_still_scene_costs_little(watch: Watch) -> None:
    watch.show(4)
    before = watch.sight.inferences
    watch.show(10)
    assert watch.sight.inferences - before <= 20
    assert watch.events == []


def test_cameras_in_threads_may_share_their_detectors() -> None:
    detectors = load_detectors()
    watches = [Watch(Sight(detectors, CameraSettings())) for _ in range(3)]

    def run(watch: Watch) -> None:
        watch.show(4)
        watch.show(2, (200, 150), speed=60)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, watches))
    assert [len(watch.events) for watch in watches] == [1, 1, 1]
    assert sum(watch.sight.inferences for watch in watches) == detectors.inferences


def test_a_poster_is_one_visit_then_silence(watch: Watch) -> None:
    watch.show(3)
    frames = [watch.scene.frame(watch.time_s, (300, 150)) for _ in range(RATE)]
    for step in range(70 * RATE):
        time_s = watch.time_s + step / RATE
        frame = replace(frames[step % RATE], time_s=time_s, captured_at=1e9 + time_s, index=step)
        watch.events += watch.sight.look(frame).events
    watch.time_s += 70
    watch.close()
    assert len(watch.visits) == 1


def test_a_change_of_size_in_mid_stream_goes_on(watch: Watch) -> None:
    watch.show(2, (300, 150))
    small = watch.scene.frame(watch.time_s, (300, 150)).planes
    halves = Planes(small.y[::2, ::2], small.u[::2, ::2], small.v[::2, ::2])
    for step in range(5):
        watch.sight.look(Frame(halves, watch.time_s + step / RATE, 0.0, 100 + step))


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (3840, 64), (64, 720)])
def test_pictures_of_any_shape_do_no_harm(watch: Watch, size: tuple[int, int]) -> None:
    width, height = size
    rng = np.random.default_rng(0)
    for index in range(4):
        planes = Planes(
            rng.integers(0, 255, (height, width), np.uint8),
            rng.integers(0, 255, (height // 2, width // 2), np.uint8),
            rng.integers(0, 255, (height // 2, width // 2), np.uint8),
        )
        assert watch.sight.look(Frame(planes, index / 5, 0.0, index)).events == ()


CLIPS = {
    "composed_two_visitors_480p.mp4": (2, 2),
    "door_visitor_720p.mp4": (1, 1),
    "no_faces_traffic_432p.mp4": (0, 0),
    "turned_away_432p.mp4": (0, 2),
    "corridor_two_people_270p.mp4": (1, 2),
}


@pytest.mark.parametrize("looks_per_second", [5, 10])
@pytest.mark.parametrize("phase_s", [0.0, 0.07])
@pytest.mark.parametrize("name", list(CLIPS))
def test_clips_have_their_visits(media: Path, name: str, looks_per_second: float, phase_s: float) -> None:
    least, most = CLIPS[name]
    visits = watched(media / "clips" / name, looks_per_second, phase_s)
    assert least <= len(visits) <= most
    if least == most:
        truth = next(clip for clip in json.loads((media / "clips.json").read_text())["clips"] if name in clip["file"])
        spans = [person["face_visible_s"][0] for person in truth["people"]]
        for visit, (start, end) in zip(visits, spans, strict=True):
            assert visit.opened_s == pytest.approx(start, abs=1)
            assert visit.closed_s == pytest.approx(end, abs=1)


def watched(path: Path, looks_per_second: float, phase_s: float) -> list[VisitEvent]:
    sight, events, next_s, time_s = Sight(load_detectors(), CameraSettings()), [], phase_s, 0.0
    for index, (time_s, planes) in enumerate(frames(path)):
        if time_s >= next_s - 1e-6:
            next_s = max(next_s, time_s - 1 / looks_per_second) + 1 / looks_per_second
            events += sight.look(Frame(planes, time_s, time_s, index)).events
    events += sight.close(time_s, time_s)
    return sorted((event for event in events if event.closed_s is not None), key=lambda event: event.opened_s)


def frames(path: Path) -> Iterator[tuple[float, Planes]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            packed = frame.to_ndarray(format="yuv420p")
            u, v = packed[frame.height :].reshape(2, frame.height // 2, frame.width // 2)
            yield frame.time or 0.0, Planes(packed[: frame.height], u, v)
