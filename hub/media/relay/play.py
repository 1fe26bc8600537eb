"""One RTSP reader: the pictures of a stream as interleaved RTP on its connection."""

import asyncio
import logging
from dataclasses import replace

from hub.media.relay.errors import RelayFullError, StreamEndedError
from hub.media.relay.paths import Reader, Sample, Stream
from hub.media.relay.rtp import RtpPacket, build_rtp
from hub.media.relay.sdp import VideoTrack

log = logging.getLogger(__name__)

PLAY_TRACK = VideoTrack(96, "trackID=0")
SSRC = 0x57505354


class Player:
    """Copies a stream to a connection until either ends; a slow reader loses pictures, not the relay memory."""

    def __init__(self, stream: Stream, writer: asyncio.StreamWriter) -> None:
        self.name, self.track = stream.name, PLAY_TRACK
        self.channel: int | None = None
        self._stream, self._writer = stream, writer
        self._reader = Reader("rtspSession", writer.close)
        self._packet = RtpPacket(PLAY_TRACK.payload_type, 0, 0, False, b"")
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self._task is not None

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._copy())

    def stop(self) -> None:
        self._stream.leave(self._reader)
        if self._task is not None:
            self._task.cancel()

    async def _copy(self) -> None:
        try:
            self._stream.join(self._reader)
            while True:
                self._write(await self._reader.next())
                await self._writer.drain()
        except (StreamEndedError, RelayFullError, ConnectionError) as error:
            log.info("rtsp reader of %s: %s", self._stream.name, error)
            self._writer.close()

    def _write(self, sample: Sample) -> None:
        head = b"$" + bytes([self.channel or 0])
        for index, payload in enumerate(sample.payloads):
            self._packet = replace(
                self._packet,
                sequence=(self._packet.sequence + 1) & 0xFFFF,
                timestamp=sample.timestamp & 0xFFFFFFFF,
                marker=index == len(sample.payloads) - 1,
                payload=payload,
            )
            data = build_rtp(self._packet, SSRC)
            self._writer.write(head + len(data).to_bytes(2, "big") + data)
