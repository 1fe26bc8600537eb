"""Session descriptions (RFC 8866): what a publisher announces, and what a reader is told."""

import base64
from dataclasses import dataclass, field

from hub.media.relay.errors import SdpError


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The H.264 track of an announcement; `control` is its address relative to the stream, or a whole URL."""

    payload_type: int
    control: str
    parameter_sets: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class _Media:
    kind: str
    formats: list[str]
    control: str = ""
    codecs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)


def parse_announcement(text: str) -> VideoTrack:
    """The first H.264 video track; SdpError when there is none."""
    for media in _media_sections(text):
        for payload_type in media.formats:
            codec = media.codecs.get(payload_type, "").lower()
            if media.kind == "video" and codec.startswith("h264/90000") and payload_type.isdigit():
                sets = _parameter_sets(media.parameters.get(payload_type, ""))
                return VideoTrack(int(payload_type) & 0x7F, media.control, sets)
    raise SdpError("no H.264 video track announced")


def describe(track: VideoTrack) -> str:
    """The description of one H.264 track for a reader."""
    sets = ",".join(base64.b64encode(nal).decode() for nal in track.parameter_sets)
    lines = [
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=Watchpost",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        f"m=video 0 RTP/AVP {track.payload_type}",
        f"a=rtpmap:{track.payload_type} H264/90000",
        f"a=fmtp:{track.payload_type} packetization-mode=1" + (f"; sprop-parameter-sets={sets}" if sets else ""),
        f"a=control:{track.control}",
    ]
    return "\r\n".join(lines) + "\r\n"


def _media_sections(text: str) -> list[_Media]:
    sections: list[_Media] = []
    for line in text.splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            words = value.split()
            sections.append(_Media(words[0] if words else "", words[3:]))
        elif kind == "a" and sections:
            _attribute(sections[-1], value)
    return sections


def _attribute(media: _Media, attribute: str) -> None:
    name, _, value = attribute.partition(":")
    payload_type, _, rest = value.partition(" ")
    if name == "control":
        media.control = value.strip()
    elif name == "rtpmap":
        media.codecs[payload_type] = rest.strip()
    elif name == "fmtp":
        media.parameters[payload_type] = rest.strip()


def _parameter_sets(parameters: str) -> tuple[bytes, ...]:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "sprop-parameter-sets":
            try:
                return tuple(filter(None, (base64.b64decode(part, validate=True) for part in value.split(","))))
            except (
                ValueError
            ) as error:  # binascii.Error is one, and so is what base64 says of letters that are not ASCII
                raise SdpError("sprop-parameter-sets is not base64") from error
    return ()
