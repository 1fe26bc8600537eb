"""Which encoder this board uses: its own where it has one that really works, else libx264, with the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.packet import Packet

from edge.errors import PublishError
from edge.stream.encoder import AccessUnit, Effort, Encoder, Kind, VideoShape

PROBE = VideoShape(640, 480, 25.0)
PROBE_EFFORT = Effort(28, 1_000_000)
PROBE_PICTURES = 12
DEVICES = Path("sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class Choice:
    """The encoder for everything that this device draws; `note` is for people, empty when nothing is amiss."""

    kind: Kind = Kind.SOFTWARE
    note: str = ""


def chosen(root: Path = Path("/"), works: Callable[[Kind], str] | None = None) -> Choice:
    """Probe once, at start; `works` says why an encoder does not, empty when it does."""
    device = board_encoder(root)
    if not device:
        return Choice()
    reason = (works or trial)(Kind.HARDWARE)
    if reason:
        return Choice(Kind.SOFTWARE, f"{Kind.SOFTWARE} encodes, not this board's {device}: {reason}")
    return Choice(Kind.HARDWARE)


def board_encoder(root: Path) -> str:
    """The name of a memory-to-memory encoder that the kernel shows, empty without (bcm2835-codec-encode on a Pi)."""
    names = (path.read_text().strip() for path in sorted((root / DEVICES).glob("video*/name")))
    return next((name for name in names if "enc" in name.lower()), "")


def trial(kind: Kind) -> str:
    """Really encode some pictures and decode them again; why that fails, empty when it works."""
    try:
        units = _encoded(Encoder(PROBE, PROBE_EFFORT, kind))
    except PublishError as error:
        return str(error)
    if not units or not units[0].key:
        return "it does not begin with a key picture"
    return "" if _decodes(units) else "what it makes does not decode"


def _encoded(encoder: Encoder) -> list[AccessUnit]:
    units = []
    for number in range(PROBE_PICTURES):
        np.copyto(encoder.canvas.y, np.uint8(60 + 10 * number))
        for chroma in (encoder.canvas.u, encoder.canvas.v):
            np.copyto(chroma, np.uint8(128))
        units += encoder.encode(number / PROBE.fps, 0.0, number == 0)
    return units


def _decodes(units: list[AccessUnit]) -> bool:
    decoder = CodecContext.create("h264", "r")
    try:
        return any([*(decoder.decode(Packet(unit.data)) for unit in units), decoder.decode(None)])
    except FFmpegError:
        return False
