"""One WebRTC viewer through aiortc: answers its offer and sends it the shared RTP payloads; nothing is re-encoded."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import aioice.ice
import aiortc.rtcrtpsender
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecParameters,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError

from hub.media.relay.errors import OfferError, RelayFullError, StreamEndedError
from hub.media.relay.paths import Reader, Sample, Stream

log = logging.getLogger(__name__)

CONNECT_S = 10.0
HISTORY = 1024  # RTP packets kept for retransmission, a power of two; aiortc's 128 are less than one burst on joining
BURST_PACKETS = 40
BURST_PAUSE_S = 0.004
BAD_OFFER = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    AssertionError,
    InternalError,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
)


class _Passthrough:
    """Stands where aiortc expects an encoder: the payloads are ready, made once for all viewers."""

    def pack(self, sample: Sample) -> tuple[tuple[bytes, ...], int]:
        return sample.payloads, sample.timestamp


def prepare_aiortc(addresses: list[str] | None) -> None:
    """Fit aiortc to this process: no encoder, a longer memory, and these host addresses (None: all but loopback).

    aioice never offers a loopback address by itself, and the choice of encoder has no other hook.
    """
    vars(aiortc.rtcrtpsender).update(get_encoder=_passthrough, RTP_HISTORY_SIZE=HISTORY)
    if addresses is not None:
        offered = list(addresses)
        vars(aioice.ice).update(get_host_addresses=lambda use_ipv4, use_ipv6: list(offered))


def _passthrough(codec: RTCRtpCodecParameters) -> _Passthrough:  # noqa: ARG001 - aiortc's signature
    return _Passthrough()


class StreamTrack(MediaStreamTrack):
    """A stream as aiortc wants it; joins when the connection stands, so that the burst meets an open socket."""

    kind = "video"

    def __init__(self, stream: Stream, reader: Reader) -> None:
        super().__init__()
        self._stream, self._reader = stream, reader
        self._joined = False
        self._sent = 0

    async def recv(self) -> Sample:  # type: ignore[override]  # our own packet, see _Passthrough
        try:
            if not self._joined:
                self._joined = True
                self._stream.join(self._reader)
            sample = await self._reader.next()
        except (StreamEndedError, RelayFullError) as error:
            raise MediaStreamError from error
        await self._pace(len(sample.payloads))
        return sample

    async def _pace(self, packets: int) -> None:
        """Spread a burst over some milliseconds: a browser's socket buffer holds about a hundred packets."""
        self._sent += packets
        if self._sent >= BURST_PACKETS:
            self._sent = 0
            await asyncio.sleep(BURST_PAUSE_S)


class Viewer:
    """One peer connection, from its offer to its end, whichever side ends it."""

    def __init__(self, stream: Stream, query: str, on_gone: Callable[["Viewer"], None], id: UUID) -> None:
        self.stream, self.query = stream, query
        self.created = datetime.now(UTC)
        self.reader = Reader("webRTCSession", self.close_soon, id)
        self._on_gone = on_gone
        self._closing: asyncio.Task[None] | None = None
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("connectionstatechange", self._on_state)
        self._deadline = asyncio.get_running_loop().call_later(CONNECT_S, self._on_deadline)

    async def answer(self, offer: str) -> str:
        """The SDP answer; OfferError when the offer cannot be understood or has no H.264."""
        video = self._peer.addTransceiver(StreamTrack(self.stream, self.reader), direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        video.setCodecPreferences([codec for codec in codecs if codec.mimeType == "video/H264"])
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(without_names(offer), "offer"))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except BAD_OFFER as error:
            raise OfferError("the offer cannot be answered: H.264 video to receive is needed") from error
        return self._peer.localDescription.sdp

    @property
    def state(self) -> str:
        """aiortc's connection state: new, connecting, connected, failed or closed."""
        return self._peer.connectionState

    def _on_state(self) -> None:
        log.info("viewer %s of %s: %s", str(self.reader.id)[:8], self.stream.name, self.state)
        if self.state in ("failed", "closed"):
            self.close_soon()

    def _on_deadline(self) -> None:
        if self.state != "connected":
            self.close_soon()

    def close_soon(self) -> None:
        """End it, from anywhere, any number of times."""
        if self._closing is None:
            self._closing = asyncio.create_task(self.close())

    async def close(self) -> None:
        """End it and wait until the peer has been told."""
        self._deadline.cancel()
        self.stream.leave(self.reader)
        self.reader.end()
        await self._peer.close()
        self._on_gone(self)


def without_names(offer: str) -> str:
    """The offer without `.local` candidates, which only multicast could resolve, and without the end of candidates.

    aioice learns the browser's address from its first check, and waits for it only while more may come.
    """
    lines = offer.replace("\r\n", "\n").split("\n")
    kept = (line for line in lines if not _is_mdns(line) and not line.startswith("a=end-of-candidates"))
    return "\r\n".join(kept)


def _is_mdns(line: str) -> bool:
    words = line.split(" ")
    return line.startswith("a=candidate:") and len(words) > 4 and words[4].lower().endswith(".local")
