"""What to measure our pipeline against: the usual one (BGR, model on every frame, raw pipe to ffmpeg), and floors."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import IO

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.base import Effort
from edge.camera.opening import camera_for
from edge.clock import SystemClock
from edge.detect import models
from edge.detect.anchors import FULL_RANGE, anchor_centres
from edge.detect.decode import decode
from edge.detect.interpreter import build
from edge.detect.nms import weighted_nms
from edge.errors import CameraError
from edge.values import Box

Bgr = NDArray[np.uint8]
SIDE = FULL_RANGE.side
MIN_SCORE = 0.6
GREEN = (118, 230, 0)
DEFAULT_FPS = 25.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: CPU seconds of this process and of its children, and the frames that went through."""

    cpu_s: float
    frames: int


def measured(work: Callable[[], int]) -> Cost:
    """Run the work, which returns its frames."""
    before_s = _cpu_s()
    frames = work()
    return Cost(_cpu_s() - before_s, frames)


def _cpu_s() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class UsualPipeline:
    """VideoCapture, BGR, full-range BlazeFace on the whole frame, a rectangle, raw frames to x264 ultrafast."""

    def __init__(self, bit_rate: int) -> None:
        self._bit_rate = bit_rate
        self._interpreter = build(models.read(models.FULL, models.find_dir()), models.FULL.name)
        outputs = {int(item["shape"][-1]): int(item["index"]) for item in self._interpreter.get_output_details()}
        self._regressors, self._logits = outputs[16], outputs[1]
        self._input = int(self._interpreter.get_input_details()[0]["index"])
        self._anchors = anchor_centres(FULL_RANGE)
        self.boxes: list[tuple[Box, ...]] = []
        """What it found in each frame of the last run, in pixels."""

    def run(self, file: str, limit: int | None = None) -> int:
        """The whole file, or `limit` frames; returns the frames. CameraError if OpenCV cannot read it."""
        capture = cv2.VideoCapture(file)
        came, frame = capture.read()
        if not came:
            raise CameraError("OpenCV cannot read it")
        encoder = self._encoder(frame.shape[1], frame.shape[0], capture.get(cv2.CAP_PROP_FPS))
        assert encoder.stdin is not None
        frames, self.boxes = 0, []
        while came and (limit is None or frames < limit):
            self._one(np.asarray(frame, np.uint8), encoder.stdin)
            frames += 1
            came, frame = capture.read()
        encoder.stdin.close()
        encoder.wait()
        capture.release()
        return frames

    def _one(self, frame: Bgr, pipe: IO[bytes]) -> None:
        height, width = frame.shape[:2]
        found = (self._detect(frame) * max(height, width)).tolist()
        for left, top, right, bottom in found:
            cv2.rectangle(frame, (int(left), int(top)), (int(right), int(bottom)), GREEN, 2)
        pipe.write(frame.tobytes())
        self.boxes.append(tuple(Box(left, top, right - left, bottom - top) for left, top, right, bottom in found))

    def infer(self, frames: int) -> int:
        """The model alone, so often; returns that."""
        for _ in range(frames):
            self._interpreter.invoke()
        return frames

    def _detect(self, frame: Bgr) -> NDArray[np.float64]:
        """Boxes (n, 4) as fractions of the frame's longer side: left, top, right, bottom."""
        height, width = frame.shape[:2]
        scale = SIDE / max(height, width)
        small = cv2.resize(frame, (round(width * scale), round(height * scale)))
        square = np.zeros((SIDE, SIDE, 3), np.uint8)
        square[: small.shape[0], : small.shape[1]] = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        self._interpreter.set_tensor(self._input, square[None] * np.float32(1 / 127.5) - np.float32(1))
        self._interpreter.invoke()
        regressors = self._interpreter.get_tensor(self._regressors)[0]
        logits = self._interpreter.get_tensor(self._logits)[0, :, 0]
        found = weighted_nms(decode(regressors, logits, self._anchors, SIDE, MIN_SCORE))
        return np.asarray(found.points[:, :2].reshape(-1, 4), np.float64)

    def _encoder(self, width: int, height: int, fps: float) -> "subprocess.Popen[bytes]":
        rate = fps if 0 < fps <= 240 else DEFAULT_FPS
        return subprocess.Popen(encoder_command(width, height, rate, self._bit_rate), stdin=subprocess.PIPE)


def decode_only(file: str, limit: int | None) -> int:
    """The floor of everything that looks at each frame: exact decoding and nothing else. Returns the frames."""
    camera = camera_for(file, SystemClock(), live=False)
    try:
        camera.open()
        decoder, frames = camera.decoder(Effort.FULL), 0
        for unit in islice(camera.units(), limit):
            decoder.decode(unit)
            frames += 1
    finally:
        camera.close()
    return frames


def remux_only(file: str, limit: int | None) -> int:
    """The floor of passing on: packets out of one container into another. Returns the frames."""
    with av.open(file, metadata_errors="replace") as source, av.open(os.devnull, "w", format="mpegts") as target:
        stream, frames = source.streams.video[0], 0
        copy = target.add_stream_from_template(stream)
        for packet in islice((packet for packet in source.demux(stream) if packet.dts is not None), limit):
            packet.stream = copy
            target.mux(packet)
            frames += 1
    return frames


def encoder_command(width: int, height: int, fps: float, bit_rate: int) -> list[str]:
    """ffmpeg as it is usually called, or its stand-in where it is not installed."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        return [sys.executable, "-m", "edge.tools.raw_encoder", str(width), str(height), str(fps), str(bit_rate)]
    source = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    coder = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-b:v", str(bit_rate)]
    return [ffmpeg, "-v", "error", *source, *coder, "-f", "null", "-"]
