"""One RTSP publisher: interleaved RTP from its connection becomes the pictures of a stream."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from hub.media.relay.errors import RtpError
from hub.media.relay.h264 import Depacketizer
from hub.media.relay.messages import Interleaved
from hub.media.relay.paths import Paths, Stream
from hub.media.relay.rtp import parse_rtp
from hub.media.relay.sdp import VideoTrack

log = logging.getLogger(__name__)


class Recorder:
    """Publishes what arrives on `channel`, from `start` to `stop`; `hang_up` is called when another takes the path."""

    def __init__(self, paths: Paths, name: str, track: VideoTrack, hang_up: Callable[[], None]) -> None:
        self.name, self.track = name, track
        self.channel: int | None = None
        self._paths, self._hang_up = paths, hang_up
        self._stream: Stream | None = None
        self._depacketizer = Depacketizer(track.parameter_sets)

    @property
    def running(self) -> bool:
        return self._stream is not None

    def start(self) -> None:
        """Take the path; RelayFullError when there are too many."""
        stream = Stream(self.name, datetime.now(UTC), self._hang_up)
        stream.parameter_sets = self.track.parameter_sets
        self._paths.publish(stream)
        self._stream = stream
        log.info("rtsp %s: published", self.name)

    def receive(self, frame: Interleaved) -> None:
        """One frame of the connection; what is not our RTP is left alone."""
        if self._stream is None or frame.channel != self.channel:
            return
        self._stream.inbound_bytes += len(frame.payload)
        with suppress(RtpError):  # one damaged packet is a gap; the depacketizer sees it by its number
            packet = parse_rtp(frame.payload)
            if packet.payload_type == self.track.payload_type:
                for unit in self._depacketizer.push(packet):
                    self._stream.push(unit)

    def stop(self) -> None:
        if self._stream is not None:
            self._paths.unpublish(self._stream)
            log.info("rtsp %s: publisher gone", self.name)
