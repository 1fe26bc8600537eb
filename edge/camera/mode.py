"""What is asked of a camera on the device itself: `?size=1920x1080&fps=15` behind its address, else 720p at 25."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from edge.errors import CameraError

KNOWN = "only size=WIDTHxHEIGHT and fps=NUMBER may follow the ?"


@dataclass(frozen=True, slots=True)
class Mode:
    """Size in pixels, both even, and pictures a second."""

    width: int = 1280
    height: int = 720
    fps: float = 25.0


def split(target: str) -> tuple[str, Mode]:
    """The place and the mode in an address's target. CameraError if the mode makes no sense."""
    place, _, query = target.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    size, fps = given.pop("size", "1280x720"), given.pop("fps", "25")
    sides = re.fullmatch(r"([1-9]\d{1,3})x([1-9]\d{1,3})", size, re.ASCII)
    rate = re.fullmatch(r"\d{1,3}(\.\d{1,3})?", fps, re.ASCII)
    if given or sides is None or rate is None or not 1 <= float(fps) <= 120:
        raise CameraError(KNOWN)
    return place, Mode(int(sides[1]) & ~1, int(sides[2]) & ~1, float(fps))
