"""From a source URL to the camera that reads it; the local kinds are imported only when asked for."""

from edge.camera.address import NETWORK, parse
from edge.camera.base import Camera
from edge.clock import Clock
from edge.errors import CameraError


def camera_for(source_url: str, clock: Clock, live: bool = True) -> Camera:
    """The camera behind an address, still closed. `live` paces recordings in real time and loops them."""
    address = parse(source_url)
    if address.scheme in NETWORK:
        from edge.camera.rtsp import RtspCamera

        return RtspCamera(address, clock)
    if address.scheme == "file":
        from edge.camera.file import FileCamera

        return FileCamera(address, clock, live)
    if address.scheme == "v4l2":
        from edge.camera.v4l2 import V4l2Camera

        return V4l2Camera(address, clock)
    if address.scheme == "picamera":
        from edge.camera.picamera import PiCamera

        return PiCamera(address, clock)
    raise CameraError(f"cannot open {address.scheme}://")
