"""Coded units of a small clip, as a camera would hand them over; for tests that need real H.264."""

from pathlib import Path

from edge.camera.base import Unit, VideoFormat
from edge.camera.opening import camera_for
from edge.clock import SystemClock


def units_of(clip: Path) -> tuple[VideoFormat, list[Unit]]:
    """What a recording says of itself, and all its units."""
    camera = camera_for(str(clip), SystemClock(), live=False)
    camera.open()
    try:
        return camera.format, list(camera.units())
    finally:
        camera.close()
