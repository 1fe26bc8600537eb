"""`watchpost-edge bench`: this pipeline beside the usual one, on the same recording, in one run."""

import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

from edge.commands.replay import Runner, named
from edge.errors import WatchpostError
from edge.stream.encoder import AccessUnit, VideoShape
from edge.stream.rtp import Packetizer, nal_units
from edge.stream.sei import insert, message
from edge.tools.benching import Cost, UsualPipeline, decode_only, measured, remux_only
from edge.tools.replaying import Observer, Viewer
from edge.tools.scoring import Score, Truth, read_truth
from edge.values import Box
from edge.wire.messages import BoxStyle, CameraSettings

DEFAULT_BIT_RATE = 2_000_000
INFERENCES = 200
Record = dict[str, Any]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--limit-frames", type=click.IntRange(min=1), metavar="N", help="Only the first N frames.")
@click.option(
    "--truth",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Known faces of each frame (JSON as by tests/bench/clips.py): says how many had a box, and false boxes.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def command(as_json: bool, limit_frames: int | None, truth: Path | None, file: str) -> None:
    """CPU time of this pipeline (unwatched, watched, boxes laid over) and of the usual: BGR, model on all, raw pipe.

    Programs and models are loaded before; all processes count; both encode at the same size and bit rate.
    """
    try:
        known = None if truth is None else read_truth(truth)
        with named(file):
            Bench(file, limit_frames, partial(_say, as_json)).run(known)
    except WatchpostError as error:
        raise click.ClickException(str(error)) from None


class Bench:
    """One recording through everything; `say` gets a record of each run and the summary."""

    def __init__(self, file: str, limit: int | None, say: Callable[[Record], None]) -> None:
        from edge.seeing import sight

        self._file = file
        self._limit = limit
        self._say = say
        self._detectors = sight.load_detectors()
        self._sight = sight.Sight
        self._bytes = 0
        self._seconds = 0.0
        self._first_s: float | None = None

    def run(self, truth: tuple[Truth, ...] | None = None) -> None:
        """All runs, one after the other. CameraError, ModelError, PublishError."""
        unwatched = self._run("unwatched", lambda: self._replay(None))
        watched = self._run("watched", lambda: self._replay(self._count))
        overlay = self._run("overlay", self._overlay)
        pipeline = UsualPipeline(self._bit_rate())
        usual = self._run("usual", lambda: pipeline.run(self._file, self._limit))
        self._floors(pipeline)
        summary: Record = {
            "event": "summary",
            "ratio_unwatched": round(usual.cpu_s / unwatched.cpu_s, 2),
            "ratio_watched": round(usual.cpu_s / watched.cpu_s, 2),
            "usual_cpu_s": round(usual.cpu_s, 3),
            "unwatched_cpu_s": round(unwatched.cpu_s, 3),
            "watched_cpu_s": round(watched.cpu_s, 3),
            "ratio_overlay": round(usual.cpu_s / overlay.cpu_s, 2),
            "overlay_cpu_s": round(overlay.cpu_s, 3),
            "frames": usual.frames,
            "bit_rate": self._bit_rate(),
        }
        self._say(summary | ({} if truth is None else self._scores(truth, pipeline.boxes)))

    def _run(self, name: str, work: Callable[[], int]) -> Cost:
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

    def _floors(self, usual: UsualPipeline) -> None:
        """What parts of it cost alone: nothing that does them to each frame can be cheaper."""
        self._run("decode only", lambda: decode_only(self._file, self._limit))
        self._run("inference only", lambda: usual.infer(INFERENCES))
        self._run("remux only", lambda: remux_only(self._file, self._limit))

    def _overlay(self) -> int:
        """The camera's own video, made ready to be sent; a camera that cannot pass is drawn on."""
        packetizer = Packetizer(1, 0, 0)

        def packetize(unit: AccessUnit, _shape: VideoShape) -> None:
            nals = insert(nal_units(unit.data), message(unit.captured_at, unit.size, unit.boxes))
            packetizer.interleaved(nals, unit.time_s, 0)

        return self._replay(packetize, BoxStyle.OVERLAY)

    def _replay(self, viewer: Viewer | None, style: BoxStyle = BoxStyle.BURNT, observer: Observer | None = None) -> int:
        settings = CameraSettings(boxes=style)
        runner = Runner(settings, lambda: self._sight(self._detectors, settings), self._limit)
        return runner.replay(self._file, viewer, lambda _: None, observer)

    def _count(self, unit: AccessUnit, _shape: VideoShape) -> None:
        self._bytes += len(unit.data)
        self._first_s = unit.time_s if self._first_s is None else self._first_s
        self._seconds = unit.time_s - self._first_s

    def _scores(self, truth: tuple[Truth, ...], usual: Iterable[tuple[Box, ...]]) -> Record:
        """Recall and false boxes a frame of each; ours are run again for it, for asking costs time."""
        found: dict[str, Iterable[tuple[Box, ...]]] = {"usual": usual}
        for name, viewer in (("unwatched", None), ("watched", lambda _unit, _shape: None)):
            boxes: dict[float, tuple[Box, ...]] = {}
            self._replay(viewer, observer=boxes.__setitem__)
            found[name] = [boxes[time_s] for time_s in sorted(boxes)]
        record: Record = {}
        for name, frames in found.items():
            score = Score()
            for known, seen in zip(truth, frames, strict=False):
                score.add(known, seen)
            record[f"recall_{name}"] = None if score.recall is None else round(score.recall, 4)
            record[f"false_per_frame_{name}"] = round(score.false_per_frame, 4)
        return record

    def _bit_rate(self) -> int:
        """What our own boxed video took, for the usual one to take as much."""
        return round(8 * self._bytes / self._seconds) if self._seconds > 0 else DEFAULT_BIT_RATE


def _say(as_json: bool, record: Record) -> None:
    if as_json:
        click.echo(json.dumps(record))
    elif record["event"] == "run":
        click.echo(f"{record['what']:>14}: {record['cpu_s']:8.2f} s CPU, {record['ms_per_frame']:6.2f} ms a frame")
    else:
        click.echo(
            f"unwatched {record['ratio_unwatched']:.1f} times cheaper than the usual pipeline "
            f"({record['usual_cpu_s']:.1f} s), watched {record['ratio_watched']:.1f} times, "
            f"with boxes laid over {record['ratio_overlay']:.1f} times ({record['frames']} frames)"
        )
        for name in ("unwatched", "watched", "usual"):
            if record.get(f"recall_{name}") is not None:
                false = record[f"false_per_frame_{name}"]
                click.echo(
                    f"{name:>14}: {record[f'recall_{name}']:.3f} of the faces boxed, {false:.4f} false boxes a frame"
                )
