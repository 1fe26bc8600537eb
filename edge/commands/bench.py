"""`watchpost-edge bench`: this pipeline beside the usual one, on the same recording, in one run."""

import json
from functools import partial
from typing import Any

import click

from edge.benching import Cost, UsualPipeline, measured
from edge.camera.base import Effort
from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.commands.replay import Runner
from edge.encoder import AccessUnit, VideoShape
from edge.errors import WatchpostError
from edge.rtp import Packetizer, nal_units
from edge.sei import insert, message
from edge.wire.messages import BoxStyle, CameraSettings

DEFAULT_BIT_RATE = 2_000_000


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--limit-frames", type=click.IntRange(min=1), metavar="N", help="Only the first N frames.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def command(as_json: bool, limit_frames: int | None, file: str) -> None:
    """CPU time of this pipeline (unwatched, watched, boxes laid over) and of the usual: BGR, model on all, raw pipe.

    Programs and models are loaded before; all processes count; both encode at the same size and bit rate.
    """
    try:
        bench = Bench(file, limit_frames, partial(_say, as_json))
        bench.run()
    except WatchpostError as error:
        raise click.ClickException(str(error)) from None


class Bench:
    """One recording through everything; `say` gets a record of each run and the summary."""

    def __init__(self, file: str, limit: int | None, say: Any) -> None:
        from edge import sight

        self._file = file
        self._limit = limit
        self._say = say
        self._detectors = sight.load_detectors()
        self._sight = sight.Sight
        self._bytes = 0
        self._seconds = 0.0
        self._first_s: float | None = None

    def run(self) -> None:
        """All runs, one after the other. CameraError, ModelError, PublishError."""
        unwatched = self._run("unwatched", self._unwatched)
        watched = self._run("watched", self._watched)
        overlay = self._run("overlay", self._overlay)
        self._run("decode only", self._decode_only)
        usual_pipeline = UsualPipeline(self._bit_rate())
        usual = self._run("usual", lambda: usual_pipeline.run(self._file, self._limit))
        self._say(
            {
                "event": "summary",
                "ratio_unwatched": round(usual.cpu_s / unwatched.cpu_s, 2),
                "ratio_watched": round(usual.cpu_s / watched.cpu_s, 2),
                "usual_cpu_s": round(usual.cpu_s, 3),
                "unwatched_cpu_s": round(unwatched.cpu_s, 3),
                "watched_cpu_s": round(watched.cpu_s, 3),
                "ratio_overlay": round(usual.cpu_s / overlay.cpu_s, 2),
                "overlay_cpu_s": round(overlay.cpu_s, 3),
                "frames": usual.frames,
            }
        )

    def _run(self, name: str, work: Any) -> Cost:
        cost = measured(work)
        per_frame_ms = 1000 * cost.cpu_s / max(1, cost.frames)
        self._say(
            {
                "event": "run",
                "what": name,
                "cpu_s": round(cost.cpu_s, 3),
                "frames": cost.frames,
                "ms_per_frame": round(per_frame_ms, 3),
            }
        )
        return cost

    def _unwatched(self) -> int:
        return self._runner().replay(self._file, None, lambda _: None)

    def _watched(self) -> int:
        return self._runner().replay(self._file, self._count, lambda _: None)

    def _overlay(self) -> int:
        """The camera's own video, made ready to be sent; a camera that cannot pass is drawn on."""
        packetizer = Packetizer(1, 0, 0)

        def packetize(unit: AccessUnit, _shape: VideoShape) -> None:
            nals = insert(nal_units(unit.data), message(unit.captured_at, unit.size, unit.boxes))
            packetizer.interleaved(nals, unit.time_s, 0)

        return self._runner(BoxStyle.OVERLAY).replay(self._file, packetize, lambda _: None)

    def _runner(self, boxes: BoxStyle = BoxStyle.BURNT) -> Runner:
        settings = CameraSettings(boxes=boxes)
        return Runner(settings, lambda: self._sight(self._detectors, settings), self._limit)

    def _count(self, unit: AccessUnit, _shape: VideoShape) -> None:
        self._bytes += len(unit.data)
        self._first_s = unit.time_s if self._first_s is None else self._first_s
        self._seconds = unit.time_s - self._first_s

    def _decode_only(self) -> int:
        """The floor of everything that looks at each frame: full decoding and nothing else."""
        camera = camera_for(self._file, SystemClock(), live=False)
        camera.open()
        decoder, frames = camera.decoder(Effort.FULL), 0
        for unit in camera.units():
            decoder.decode(unit)
            frames += 1
            if frames == self._limit:
                break
        camera.close()
        return frames

    def _bit_rate(self) -> int:
        """What our own boxed video took, for the usual one to take as much."""
        return round(8 * self._bytes / self._seconds) if self._seconds > 0 else DEFAULT_BIT_RATE


def _say(as_json: bool, record: dict[str, Any]) -> None:
    if as_json:
        click.echo(json.dumps(record))
    elif record["event"] == "run":
        click.echo(f"{record['what']:>12}: {record['cpu_s']:8.2f} s CPU, {record['ms_per_frame']:6.2f} ms a frame")
    else:
        click.echo(
            f"unwatched {record['ratio_unwatched']:.1f} times cheaper than the usual pipeline, "
            f"watched {record['ratio_watched']:.1f} times, with boxes laid over {record['ratio_overlay']:.1f} times "
            f"({record['frames']} frames)"
        )
