"""Opening a camera once to say what it is: the answer to somebody who sets one up."""

import threading
from dataclasses import dataclass, field

from edge.alerts.snapshot import plain_snapshot
from edge.camera.address import parse
from edge.camera.base import Camera, Effort, VideoFormat
from edge.camera.opening import camera_for
from edge.clock import Clock
from edge.errors import CameraError
from edge.values import Planes

PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Probed:
    """What a camera is; `address` without credentials, times in seconds from the start of the attempt."""

    address: str
    video: VideoFormat
    opened_s: float
    first_picture_s: float
    jpeg: bytes = field(repr=False)


def probe(source_url: str, clock: Clock, patience_s: float = PATIENCE_S) -> Probed:
    """Open, decode one picture, close. CameraError with the reason, after `patience_s` at the latest or soon after."""
    camera = camera_for(source_url, clock, live=False)
    late = threading.Event()

    def give_up() -> None:
        late.set()
        camera.interrupt()

    timer = threading.Timer(patience_s, give_up)
    timer.daemon = True
    timer.start()
    began_s = clock.monotonic()
    try:
        camera.open()
        opened_s = clock.monotonic() - began_s
        video, planes = camera.format, _first_planes(camera)
        took_s = clock.monotonic() - began_s
    except CameraError as error:
        raise CameraError(f"no picture within {patience_s:.0f} s" if late.is_set() else str(error)) from None
    finally:
        timer.cancel()
        camera.close()
    return Probed(parse(source_url).shown, video, opened_s, took_s, plain_snapshot(planes))


def _first_planes(camera: Camera) -> Planes:
    """Taken while the camera's own buffers are still ours: they go back when its units are asked for no more."""
    decoder = camera.decoder(Effort.FULL)
    for unit in camera.units():
        for picture in decoder.decode(unit):
            return picture.planes()
    for picture in decoder.rest():
        return picture.planes()
    raise CameraError("there is no picture in it that can be decoded")
