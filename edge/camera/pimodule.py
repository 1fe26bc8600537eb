"""A Raspberry Pi camera module through picamera2, imported only here: one owner, shared by whoever takes its streams.

The image processor delivers every picture twice, as YUV planes: large to be watched, small to be looked at. A picture
stays in the module's own buffer; it is copied out when somebody needs it, and most are never needed.
"""

import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.camera.mode import Mode
from edge.clock import Clock
from edge.errors import CameraError
from edge.values import Planes
from edge.worker import start

STREAMS = ("main", "lores")
FORMATS = ("YUV420", "NV12")
"""picamera2 gives what it can, not what was asked for: a pipeline that knows no YUV420 answers with NV12."""

BUFFERS = 6
WAIT_S = 1.0
SILENT_WAITS = 5
CLOSE_S = 2 * WAIT_S
BELIEVED_S = 2.0
"""A sensor's own time of capture is believed if it is no older than this."""

_lock = threading.Lock()
_running: "dict[int, PiModule]" = {}


@dataclass(frozen=True, slots=True)
class Exposure:
    """One picture in the module's buffers, good until `release`; times as in Frame."""

    request: Any = field(repr=False)
    time_s: float
    captured_at: float

    def planes(self, stream: str) -> Planes:
        """A copy of the picture of one stream."""
        return planes_of(self.request.make_buffer(stream), self.request.config[stream])

    def release(self) -> None:
        self.request.release()


class Taker:
    """One slot for the newest exposure; what it displaces goes back to the module."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._exposure: Exposure | None = None
        self._reason = ""

    def put(self, exposure: Exposure) -> None:
        with self._changed:
            if self._reason:
                exposure.release()
                return
            if self._exposure is not None:
                self._exposure.release()
            self._exposure = exposure
            self._changed.notify_all()

    def end(self, reason: str) -> None:
        """No more will come: whoever takes gets a CameraError with the first reason given."""
        with self._changed:
            self._reason = self._reason or reason
            if self._exposure is not None:
                self._exposure.release()
                self._exposure = None
            self._changed.notify_all()

    def take(self) -> Exposure:
        """The newest one, to be released by the caller. CameraError once there is an end."""
        with self._changed:
            self._changed.wait_for(lambda: self._exposure is not None or self._reason)
            exposure, self._exposure = self._exposure, None
            if exposure is None:
                raise CameraError(self._reason)
            return exposure


class PiModule:
    """Camera number `number`, running; `join` and `leave` begin and end it."""

    def __init__(self, number: int, mode: Mode, clock: Clock) -> None:
        self.number = number
        self.mode = mode
        self.failed = False
        self._clock = clock
        self._takers: list[Taker] = []
        self._stopping = threading.Event()
        self._device = _opened(number, mode)
        self._thread = start(f"picamera {number}", self._run)

    def size(self, stream: str) -> tuple[int, int]:
        """Width and height that the image processor gives, which may differ from what was asked."""
        width, height = self._device.camera_configuration()[stream]["size"]
        return int(width), int(height)

    def add(self, taker: Taker) -> None:
        self._takers = [*self._takers, taker]

    def remove(self, taker: Taker) -> bool:
        """Whether nobody takes anything any more."""
        self._takers = [other for other in self._takers if other is not taker]
        return not self._takers

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(CLOSE_S)
        self._device.stop()
        self._device.close()

    def _run(self) -> None:
        silent = 0
        while not self._stopping.is_set() and silent < SILENT_WAITS:
            silent = 0 if self._deliver() else silent + 1
        self.failed = True
        for taker in self._takers:
            taker.end(f"stalled for {silent * WAIT_S:.0f} s")

    def _deliver(self) -> bool:
        """The next picture to all takers; False if none came in time."""
        try:
            request = self._device.wait(self._device.capture_request(wait=False), timeout=WAIT_S)
        except TimeoutError:
            self._device.cancel_all_and_flush()
            return False
        exposure = self._exposure(request)
        for taker in self._takers:
            request.acquire()
            taker.put(exposure)
        request.release()
        return True

    def _exposure(self, request: Any) -> Exposure:
        now_s, wall = self._clock.monotonic(), self._clock.wall()
        age_s = now_s - request.get_metadata().get("SensorTimestamp", 0) / 1e9
        if not 0 <= age_s <= BELIEVED_S:
            age_s = 0.0
        return Exposure(request, now_s - age_s, wall - age_s)


def join(number: int, mode: Mode, clock: Clock, taker: Taker) -> PiModule:
    """Take pictures of a module, which is started for the first taker. CameraError when it cannot be had."""
    with _lock:
        module = _running.get(number)
        if module is None or module.failed:
            module = _running[number] = PiModule(number, mode, clock)
        elif module.mode != mode:
            raise CameraError(f"Raspberry Pi camera {number} already runs with another size or rate")
        module.add(taker)
        return module


def leave(module: PiModule, taker: Taker) -> None:
    """Take no more; the last one turns the module off."""
    taker.end("stopped")
    with _lock:
        if module.remove(taker):
            if _running.get(module.number) is module:
                del _running[module.number]
            module.close()


def planes_of(buffer: NDArray[np.uint8], config: dict[str, Any]) -> Planes:
    """The planes in one buffer of picamera2: rows padded to `stride`, chroma in planes or, with NV12, in pairs."""
    (width, height), stride = config["size"], config["stride"]
    luma = buffer[: stride * height].reshape(height, stride)[:, :width]
    chroma = buffer[stride * height : stride * height * 3 // 2]
    if config["format"] == "NV12":
        pairs = chroma.reshape(height // 2, stride)[:, :width]
        return Planes(luma, np.ascontiguousarray(pairs[:, 0::2]), np.ascontiguousarray(pairs[:, 1::2]))
    u, v = chroma.reshape(2, height // 2, stride // 2)[:, :, : width // 2]
    return Planes(luma, u, v)


def _opened(number: int, mode: Mode) -> Any:
    try:
        from picamera2 import Picamera2
    except ImportError:
        raise CameraError("picamera2 is not installed on this device (apt install python3-picamera2)") from None
    cameras = Picamera2.global_camera_info()
    if number >= len(cameras):
        raise CameraError(f"there is no Raspberry Pi camera {number} ({len(cameras)} found)")
    try:
        device = Picamera2(number)
    except (RuntimeError, OSError) as error:
        raise CameraError(f"the Raspberry Pi camera cannot be had ({error})") from None
    with ExitStack() as stack:
        stack.callback(device.close)
        _start(device, mode)
        stack.pop_all()
    return device


def _start(device: Any, mode: Mode) -> None:
    wanted = {
        "main": {"size": (mode.width, mode.height), "format": FORMATS[0]},
        "lores": {"size": (mode.width // 4 * 2, mode.height // 4 * 2), "format": FORMATS[0]},
    }
    try:
        device.configure(
            device.create_video_configuration(**wanted, controls={"FrameRate": mode.fps}, buffer_count=BUFFERS)
        )
        given = device.camera_configuration()
        if unknown := {given[stream]["format"] for stream in STREAMS} - set(FORMATS):
            raise CameraError(f"the Raspberry Pi camera gives {', '.join(unknown)}, not YUV 4:2:0")
        device.start()
    except (RuntimeError, OSError) as error:
        raise CameraError(f"the Raspberry Pi camera does not start ({error})") from None
