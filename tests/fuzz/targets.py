"""Everything that reads what strangers write: each target takes any bytes and may end in its own typed error only.

Hypothesis tries some in CI (test_targets.py), atheris many more with coverage (`make fuzz`).
"""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from edge import config
from edge.camera import address
from edge.errors import CameraError, ConfigError
from edge.wire import messages as m
from edge.wire.codec import decode, decode_json
from edge.wire.errors import WireError
from edge.wire.topics import Kind, topic
from hub.api import cursors
from hub.auth.keys import SigningKeys
from hub.errors import Rejected
from hub.fleet import signing_request, source_url
from hub.fleet.ca import CertificateAuthority
from hub.ingest.sorting import Incoming, sort
from hub.media.errors import BadTokenError
from hub.media.relay.errors import RelayError
from hub.media.relay.h264 import Depacketizer
from hub.media.relay.messages import Interleaved, RtspParser
from hub.media.relay.rtp import parse_rtp
from hub.media.relay.sdp import parse_announcement
from hub.media.tokens import claimed_device, device_grant, hub_grant
from hub.mqtt import packets
from hub.store.errors import PictureError
from hub.store.segments import Place, read_picture, segment_path

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "wire"
CBOR = (m.Visit, m.Ack, m.Desired, m.Reported, m.Command, m.Answer)
JSON = (m.Health, m.Status)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
READERS = {1: packets.read_connect, 8: packets.read_subscribe, 10: packets.read_unsubscribe}


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: `run` takes any bytes; `seeds` are whole ones to begin with."""

    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def wire(data: bytes) -> None:
    """Every message of the wire."""
    for kind in CBOR:
        with suppress(WireError):
            decode(kind, data)
    for plain in JSON:
        with suppress(WireError):
            decode_json(plain, data)


def ingest(data: bytes) -> None:
    """What ingest makes of a payload on each topic of a device, and of a topic; it never raises."""
    topics = [topic("door", kind) for kind in Kind] + [data[:200].decode("utf-8", "replace")]
    sort((Incoming(each, data, NOW) for each in topics), {1: "door"}.get)


def edge_toml(data: bytes) -> None:
    """A configuration."""
    path = _scratch() / "edge.toml"
    path.write_bytes(data)
    with suppress(ConfigError):
        config.load(path)


def rtsp(data: bytes) -> None:
    """A publisher at the relay: requests, its session description, RTP in between."""
    parser, frames = RtspParser(), Depacketizer()
    with suppress(RelayError):
        for message in parser.feed(data):
            if isinstance(message, Interleaved):
                frames.push(parse_rtp(message.payload))
            else:
                _ = (message.path, message.query, message.token, message.credentials, message.cseq)
                parse_announcement(message.body.decode("utf-8", "replace"))


def rtp(data: bytes) -> None:
    """RTP packets, each behind its length, as one stream."""
    frames = Depacketizer()
    while data:
        size = 1 + data[0]
        with suppress(RelayError):
            frames.push(parse_rtp(data[1:size]))
        data = data[size:]


def sdp(data: bytes) -> None:
    """A session description."""
    with suppress(RelayError):
        parse_announcement(data.decode("utf-8", "replace"))


def segment(data: bytes) -> None:
    """A place in a segment whose bytes are anything."""
    folder = _scratch()
    segment_path(folder, 1).write_bytes(data[48:])
    numbers = [int.from_bytes(data[at : at + 4], "big") for at in (0, 4)]
    with suppress(PictureError):
        read_picture(folder, Place(1, numbers[0], numbers[1]), data[16:48])


def cursor(data: bytes) -> None:
    """Cursors of listings and of the live feed."""
    text = data.decode("utf-8", "replace")
    for read in (cursors.position_of, cursors.ordinal_of):
        with suppress(Rejected):
            read(text)


def token(data: bytes) -> None:
    """Tokens that viewers and devices show."""
    text = data.decode("utf-8", "replace")
    keys, certificate = _keys()
    for read in (
        lambda: hub_grant(text, keys),
        lambda: claimed_device(text),
        lambda: device_grant(text, [certificate]),
    ):
        with suppress(BadTokenError):
            read()


def csr(data: bytes) -> None:
    """The signing request of a device that nobody knows."""
    with suppress(Rejected):
        signing_request.read(data.decode("utf-8", "replace"))


def camera_url(data: bytes) -> None:
    """The address of a camera: on the device, and on the hub, which also masks it."""
    text = data.decode("utf-8", "replace")
    with suppress(CameraError):
        address.parse(text)
    with suppress(Rejected):
        source_url.check(text)
        source_url.masked(text)
    source_url.without_secrets(text)


def mqtt(data: bytes) -> None:
    """A client at the embedded broker."""
    assembler = packets.Assembler()
    assembler.feed(data)
    with suppress(packets.ProtocolError):
        while (packet := assembler.next()) is not None:
            kind, flags, body = packet
            if kind == packets.Packet.PUBLISH:
                packets.read_publish(flags, body)
            elif kind in READERS:
                READERS[kind](body)


@cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))


@cache
def _keys() -> tuple[SigningKeys, str]:
    folder = _scratch() / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    return SigningKeys.open(folder), CertificateAuthority.open(folder).issue_client_certificate("door").certificate_pem


def _golden(suffix: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(GOLDEN.glob(f"*.{suffix}")))


ANNOUNCED = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    b"a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LADQ==,aM4PyA==\r\na=control:streamid=1\r\n"
)
PACKET = bytes.fromhex("80e00001000000010000000167") + b"sps"
HEAD = b"ANNOUNCE rtsp://h/7?token=a RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic ZG9vcjpi\r\n"
SESSION = HEAD + b"Content-Length: %d\r\n\r\n" % len(ANNOUNCED) + ANNOUNCED + b"$\x00\x00\x10" + PACKET
CONNECT = bytes.fromhex("100f00044d5154540402001400036162 63".replace(" ", ""))

TARGETS: Mapping[str, Target] = {
    "wire": Target(wire, (*_golden("cbor"), *_golden("json"))),
    "ingest": Target(ingest, _golden("cbor")),
    "edge_toml": Target(edge_toml, ((ROOT / "edge" / "edge.toml.example").read_bytes(),)),
    "rtsp": Target(rtsp, (SESSION,)),
    "rtp": Target(rtp, (bytes([len(PACKET)]) + PACKET,)),
    "sdp": Target(sdp, (ANNOUNCED,)),
    "segment": Target(segment, (bytes(60),)),
    "cursor": Target(cursor, (b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", b"1234")),
    "token": Target(token, (b"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJkb29yIn0.AAAA",)),
    "csr": Target(csr, (b"-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n",)),
    "camera_url": Target(
        camera_url, (b"rtsp://user:pa%20ss@[fe80::1]:554/1?x=y", b"picamera://0", b"v4l2:///dev/video0")
    ),
    "mqtt": Target(mqtt, (CONNECT, bytes.fromhex("300700036162636465"))),
}
