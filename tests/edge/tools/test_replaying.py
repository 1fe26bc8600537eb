"""Recordings through the stages in a row: clips made here, seeing scripted."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from clips import camera_like, scene, write
from fake_sight import FACE, FakeSight

from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.commands.replay import Runner, visit_record
from edge.errors import CameraError
from edge.pipeline.lookout import Lookout
from edge.pipeline.meter import Meter
from edge.stream.encoder import AccessUnit, VideoShape
from edge.stream.rtp import parameter_sets
from edge.tools.replaying import Replay
from edge.values import VisitEvent
from edge.wire.messages import BoxStyle, CameraSettings


class Run:
    """One replay; `present` in seconds from the clip's beginning."""

    def __init__(self, clip: Path, present: tuple[float, float] = (1e9, 1e9), boxes: BoxStyle | None = None) -> None:
        self.sight = FakeSight(lambda time_s: present[0] <= time_s - self.replay.first_s < present[1])
        self.events: list[VisitEvent] = []
        self.shown: list[AccessUnit] = []
        clock = SystemClock()
        lookout = Lookout(lambda: self.sight, 5, self.events.append, Meter("clip"), clock)
        viewer = None if boxes is None else self._show
        self.replay = Replay(camera_for(str(clip), clock, live=False), lookout, 20, viewer, boxes or BoxStyle.BURNT)

    def _show(self, unit: AccessUnit, _shape: VideoShape) -> None:
        self.shown.append(unit)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return camera_like(tmp_path_factory.mktemp("clips") / "door.mp4", [range(250, 300)], 400)


def test_every_frame_goes_through_and_looks_come_at_their_rate(clip: Path) -> None:
    run = Run(clip, present=(0, 1e9))
    result = run.replay.run()
    assert (result.frames, result.decoded) == (400, 400)
    assert 79 <= len(run.sight.frames) <= 81


def test_a_visit_at_the_end_is_closed(clip: Path) -> None:
    run = Run(clip, present=(1, 1e9))
    run.replay.run()
    assert [event.closed_s is None for event in run.events] == [True, False]
    record = visit_record("door", run.events[-1], run.replay.first_s)
    assert (record["opened_s"], record["closed_s"]) == (1.0, 15.96)
    assert record["best"]["box"] == [40, 50, 30, 36]


def test_an_idle_recording_is_hardly_decoded_and_a_visitor_in_it_is_not_late(clip: Path) -> None:
    run = Run(clip, present=(10.0, 12.0))
    result = run.replay.run()
    assert result.decoded < 300
    assert run.events[0].opened_s - run.replay.first_s < 10.3


def test_a_viewer_gets_every_picture(clip: Path) -> None:
    run = Run(clip, boxes=BoxStyle.BURNT)
    run.replay.run(limit=60)
    assert len(run.shown) == 60
    assert run.shown[0].key


def test_b_frames_come_in_order(tmp_path: Path) -> None:
    path = write(tmp_path / "b.mp4", (scene(index, True) for index in range(60)), bf="3", g="30")
    run = Run(path, boxes=BoxStyle.BURNT)
    assert run.replay.run().decoded == 60
    times = [unit.time_s for unit in run.shown]
    assert times == sorted(set(times))
    assert abs(times[-1] - times[0] - 59 / 25) < 0.01


def test_what_is_no_recording_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video here")
    with pytest.raises(CameraError, match="not a video"):
        Run(path).replay.run()


def test_a_runner_adds_up(clip: Path) -> None:
    runner = Runner(CameraSettings(), lambda: FakeSight(lambda _: True), limit=50)
    visits: list[dict[str, object]] = []
    for _ in range(2):
        assert runner.replay(str(clip), None, visits.append) == 50
    summary = runner.summary()
    assert (summary["frames"], summary["dropped"], len(visits)) == (100, 0, 2)
    assert summary["inferences"] == 20
    assert list(summary) == ["event", "frames", "cpu_s", "wall_s", "inferences", "dropped", "max_rss_mb"]
    assert json.dumps(visits[0])
    assert FACE.score == visits[0]["best"]["score"]  # type: ignore[index]


def test_the_command_tells_a_missing_file_in_one_line(tmp_path: Path) -> None:
    from edge.commands.probe import command

    result = CliRunner().invoke(command, [str(tmp_path / "none.mp4")])
    assert (result.exit_code, result.output) == (1, "Error: none.mp4: not found\n")


def test_probe_says_what_a_camera_is(clip: Path, tmp_path: Path) -> None:
    from edge.commands.probe import command

    picture = tmp_path / "first.jpg"
    result = CliRunner().invoke(command, ["--json", "--save", str(picture), str(clip)])
    record = json.loads(result.output)
    assert (record["codec"], record["width"], record["height"], record["fps"]) == ("h264", 320, 240, 25.0)
    assert picture.read_bytes()[:2] == b"\xff\xd8"


def test_laid_over_every_picture_passes_and_an_idle_recording_is_hardly_decoded(clip: Path) -> None:
    run = Run(clip, present=(10.0, 12.0), boxes=BoxStyle.OVERLAY)
    result = run.replay.run()
    assert len(run.shown) == 400
    assert result.decoded < 250
    assert {bool(unit.boxes) for unit in run.shown} == {True, False}
    assert all(parameter_sets(unit.data) is not None for unit in run.shown if unit.key)
