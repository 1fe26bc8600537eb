"""`watchpost-edge replay`: recordings through the very same pipeline, as fast as they go."""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from edge.camera.address import parse
from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.errors import CameraError, WatchpostError
from edge.pipeline.lookout import Lookout, Sight, report_of
from edge.pipeline.meter import Meter
from edge.stream.encoder import AccessUnit, VideoShape
from edge.stream.publisher import Publication
from edge.tools.replaying import Observer, Replay, Viewer
from edge.values import VisitEvent
from edge.wire.messages import BoxStyle, CameraSettings

KB_PER_MB = 1024


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--watched/--unwatched", help="Make the video as if somebody watched.  [default: unwatched]")
@click.option("--publish", metavar="URL", help="Send the video to this RTSP URL; means --watched.")
@click.option(
    "--boxes",
    type=click.Choice([style.value for style in BoxStyle]),
    default=BoxStyle.BURNT.value,
    show_default=True,
    help="Draw them on the pictures, or send them beside the camera's own.",
)
@click.option("--limit-frames", type=click.IntRange(min=1), metavar="N", help="Stop after N frames of each source.")
@click.argument("sources", nargs=-1, required=True, metavar="FILE|URL...")
def command(
    as_json: bool, watched: bool, publish: str | None, boxes: str, limit_frames: int | None, sources: tuple[str, ...]
) -> None:
    """Run recordings (or cameras) through the pipeline and print their visits and what that took."""
    from edge.seeing import sight

    settings = CameraSettings(boxes=BoxStyle(boxes))
    try:
        detectors = sight.load_detectors()
        runner = Runner(settings, lambda: sight.Sight(detectors, settings), limit_frames)
        for source in sources:
            with named(source), _viewer(watched, publish) as viewer:
                runner.replay(source, viewer, partial(_say_visit, as_json))
    except WatchpostError as error:
        raise click.ClickException(str(error)) from None
    _say_summary(as_json, runner.summary())


class Runner:
    """Replays sources one after the other and adds up what they took; loading programs and models is not counted."""

    def __init__(self, settings: CameraSettings, open_sight: Callable[[], Sight], limit: int | None = None) -> None:
        self._settings = settings
        self._open_sight = open_sight
        self._limit = limit
        self._frames = self._inferences = 0
        self._cpu_s, self._began_s = time.process_time(), time.monotonic()

    def replay(
        self,
        source: str,
        viewer: Viewer | None,
        say: Callable[[dict[str, Any]], None],
        observer: Observer | None = None,
    ) -> int:
        """One source to its end; `say` gets a record of each visit as it closes. Returns the frames of the source.

        CameraError, PublishError.
        """
        shown, clock = parse(source).shown, SystemClock()
        meter = Meter(shown)

        def emit(event: VisitEvent) -> None:
            report_of(shown, event)
            if event.closed_s is not None:
                say(visit_record(shown, event, replay.first_s))

        lookout = Lookout(self._open_sight, self._settings.detections_per_second, emit, meter, clock)
        camera = camera_for(source, clock, live=False)
        replay = Replay(camera, lookout, self._settings.min_face_px, viewer, self._settings.boxes)
        frames = replay.run(self._limit, _progress(), observer).frames
        self._frames += frames
        self._inferences += meter.take().inferences
        return frames

    def summary(self) -> dict[str, Any]:
        """What all of it took."""
        return {
            "event": "summary",
            "frames": self._frames,
            "cpu_s": round(time.process_time() - self._cpu_s, 3),
            "wall_s": round(time.monotonic() - self._began_s, 3),
            "inferences": self._inferences,
            "dropped": 0,
            "max_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_MB, 1),
        }


def visit_record(camera: str, event: VisitEvent, first_s: float) -> dict[str, Any]:
    """A closed visit, its times in seconds since the first picture."""
    assert event.closed_s is not None
    box = event.best.face.box
    return {
        "event": "visit",
        "camera": camera,
        "opened_s": round(event.opened_s - first_s, 3),
        "closed_s": round(event.closed_s - first_s, 3),
        "best": {
            "t": round(event.best.frame.time_s - first_s, 3),
            "box": [round(side, 1) for side in (box.x, box.y, box.w, box.h)],
            "score": round(event.best.face.score, 4),
        },
        "track": event.track_id,
    }


@contextmanager
def named(source: str) -> Iterator[None]:
    """A camera's failure says which of the sources it was."""
    try:
        yield
    except CameraError as error:
        raise CameraError(f"{_shown(source)}: {error}") from None


def _shown(source: str) -> str:
    """The source without credentials, whatever it is."""
    try:
        return parse(source).shown
    except CameraError:
        return "source"


@contextmanager
def _viewer(watched: bool, publish: str | None) -> Iterator[Viewer | None]:
    """Where the boxed video goes: to a media server, to nobody, or None if it is not even made."""
    if publish is None:
        yield (lambda _unit, _shape: None) if watched else None
        return
    viewer = _PublishingViewer(publish)
    try:
        yield viewer
    finally:
        viewer.close()


class _PublishingViewer:
    def __init__(self, url: str) -> None:
        self._url = url
        self._shape: VideoShape | None = None
        self._publication: Publication | None = None

    def __call__(self, unit: AccessUnit, shape: VideoShape) -> None:
        if self._publication is None or shape != self._shape:
            self.close()
            self._shape, self._publication = shape, Publication(self._url, SystemClock())
        self._publication.send(unit)

    def close(self) -> None:
        if self._publication is not None:
            self._publication.close()


def _progress() -> Callable[[int], None]:
    """Says on a terminal how far it is; silent in a pipe."""
    if not sys.stderr.isatty():
        return lambda _frames: None

    def show(frames: int) -> None:
        if frames % 50 == 0:
            click.echo(f"\r{frames} frames", nl=False, err=True)

    return show


def _say_visit(as_json: bool, record: dict[str, Any]) -> None:
    if as_json:
        click.echo(json.dumps(record))
        return
    score = record["best"]["score"]
    span = f"{record['opened_s']:.1f} - {record['closed_s']:.1f} s"
    click.echo(f"{record['camera']}: visit {span}, best score {score:.2f}")


def _say_summary(as_json: bool, summary: dict[str, Any]) -> None:
    if as_json:
        click.echo(json.dumps(summary))
        return
    click.echo(
        f"{summary['frames']} frames in {summary['wall_s']:.1f} s, {summary['cpu_s']:.2f} s CPU, "
        f"{summary['inferences']} inferences, {summary['max_rss_mb']:.0f} MB"
    )
