"""One publication of boxed video: access units in, RTP on an RTSP connection out."""

import os
from base64 import b64encode

from edge.clock import Clock
from edge.errors import PublishError
from edge.stream.encoder import AccessUnit
from edge.stream.rtp import CLOCK_HZ, PAYLOAD_TYPE, Packetizer, nal_units, parameter_sets
from edge.stream.rtsp_record import RecordConnection, target_of
from edge.stream.sei import insert, message

STALL_S = 3.0
REPORT_EVERY_S = 5.0
KEEP_ALIVE_S = 20.0
MEDIA_CHANNEL, REPORT_CHANNEL = 0, 1


class Publication:
    """One connection to the media server, made when the first access unit (a key picture) is sent.

    One thread sends and closes; `cut` may be called from any. Every failure is a PublishError with its reason.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._connection = RecordConnection(target_of(url), STALL_S)
        self._packetizer = Packetizer(*(int.from_bytes(os.urandom(size)) for size in (4, 2, 4)))
        self._connected = False
        self._first_s = self._last_s = 0.0
        self._reported_s = self._kept_alive_s = float("-inf")

    def send(self, unit: AccessUnit) -> None:
        """Send one access unit. One that is not newer than the last is left out."""
        if not self._connected:
            self._connect(unit)
        elif unit.time_s <= self._last_s:
            return
        self._last_s = unit.time_s
        media_s = unit.time_s - self._first_s
        nals = insert(nal_units(unit.data), message(unit.captured_at, unit.size, unit.boxes))
        self._connection.send(self._packetizer.interleaved(nals, media_s, MEDIA_CHANNEL))
        self._keep_up(unit, media_s)

    def _connect(self, unit: AccessUnit) -> None:
        sets = parameter_sets(unit.data)
        if sets is None:
            raise PublishError("the stream does not begin with a key picture")
        self._connection.announce(session_description(*sets))
        self._connected = True
        self._first_s = unit.time_s
        self._kept_alive_s = self._clock.monotonic()

    def _keep_up(self, unit: AccessUnit, media_s: float) -> None:
        """What a session needs besides pictures: which time they show, and that it is still wanted."""
        now_s = self._clock.monotonic()
        if now_s - self._reported_s >= REPORT_EVERY_S:
            self._reported_s = now_s
            self._connection.send(self._packetizer.sender_report(unit.captured_at, media_s, REPORT_CHANNEL))
        if now_s - self._kept_alive_s >= KEEP_ALIVE_S:
            self._kept_alive_s = now_s
            self._connection.keep_alive()

    @property
    def sent(self) -> int:
        """Octets of pictures given to the line so far."""
        return self._packetizer.octets

    @property
    def queued(self) -> int:
        """Octets that wait on the line; 0 before the first picture."""
        return self._connection.queued if self._connected else 0

    def cut(self) -> None:
        """End whatever `send` waits for, at once."""
        self._connection.cut()

    def close(self) -> None:
        """Say goodbye, without waiting, and hang up."""
        self._connection.close()


def session_description(sps: bytes, pps: bytes) -> str:
    """The SDP (RFC 4566, RFC 6184) of one H.264 stream."""
    sets = ",".join(b64encode(part).decode() for part in (sps, pps))
    lines = (
        "v=0",
        "o=- 0 0 IN IP4 127.0.0.1",
        "s=Watchpost",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_HZ}",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1; sprop-parameter-sets={sets}; profile-level-id={sps[1:4].hex()}",
        "a=control:streamid=0",
    )
    return "\r\n".join(lines) + "\r\n"
