"""RTSP over one TCP connection: publishers push H.264 (ANNOUNCE, SETUP, RECORD), readers DESCRIBE and PLAY."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

from hub.media.relay.errors import NotPublishedError, RelayError, RelayFullError, RtpError, SdpError
from hub.media.relay.gate import AccessRequest, Action, Gate
from hub.media.relay.h264 import Depacketizer
from hub.media.relay.messages import Interleaved, RtspParser, RtspRequest, RtspResponse
from hub.media.relay.paths import Paths, Stream
from hub.media.relay.play import PLAY_TRACK, Player
from hub.media.relay.rtp import parse_rtp
from hub.media.relay.sdp import VideoTrack, describe, parse_announcement

log = logging.getLogger(__name__)

SILENCE_S = 10.0
CONNECTIONS = 256
METHODS = "OPTIONS, ANNOUNCE, DESCRIBE, SETUP, RECORD, PLAY, TEARDOWN, GET_PARAMETER"
ASK = {"WWW-Authenticate": 'Basic realm="watchpost"'}


class RtspServer:
    """Accepts connections; each is one publisher or one reader."""

    def __init__(self, paths: Paths, gate: Gate, silence_s: float = SILENCE_S) -> None:
        self._paths = paths
        self._gate = gate
        self._silence_s = silence_s
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self, host: str, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._accept, host, port, limit=64 * 1024)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= CONNECTIONS:
            writer.close()
            return
        self._tasks.add(task)
        connection = RtspConnection(self._paths, self._gate, writer)
        try:
            await connection.run(reader, self._silence_s)
        finally:
            self._tasks.discard(task)


class RtspConnection:
    """One peer: first unknown, then a publisher that records or a reader that plays."""

    def __init__(self, paths: Paths, gate: Gate, writer: asyncio.StreamWriter) -> None:
        self._paths, self._gate, self._writer = paths, gate, writer
        self._session = uuid4().hex[:16]
        self._track: VideoTrack | None = None
        self._name = ""
        self._channel: int | None = None
        self._stream: Stream | None = None
        self._depacketizer = Depacketizer()
        self._player: Player | None = None
        self._handlers: dict[str, Callable[[RtspRequest], Awaitable[RtspResponse]]] = {
            "OPTIONS": self._options,
            "GET_PARAMETER": self._options,
            "ANNOUNCE": self._announce,
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "RECORD": self._record,
            "PLAY": self._play,
        }

    async def run(self, reader: asyncio.StreamReader, silence_s: float) -> None:
        """Serve the peer until it leaves, is silent for too long, or breaks the protocol."""
        try:
            await self._serve(reader, silence_s)
        except RelayError as error:
            log.info("rtsp %s: %s", self._name or "connection", error)
        except (TimeoutError, ConnectionError, OSError) as error:
            log.info("rtsp %s: %s", self._name or "connection", type(error).__name__)
        finally:
            self._leave()

    async def _serve(self, reader: asyncio.StreamReader, silence_s: float) -> None:
        parser = RtspParser()
        while True:
            limit = None if self._player is not None else silence_s
            data = await asyncio.wait_for(reader.read(64 * 1024), limit)
            if not data:
                return
            for message in parser.feed(data):
                if isinstance(message, Interleaved):
                    self._receive(message)
                elif not await self._answer(message):
                    return

    def _receive(self, frame: Interleaved) -> None:
        if self._stream is None or frame.channel != self._channel or self._track is None:
            return
        self._stream.inbound_bytes += len(frame.payload)
        with suppress(RtpError):  # one damaged packet is a gap; the depacketizer sees it by its number
            packet = parse_rtp(frame.payload)
            if packet.payload_type == self._track.payload_type:
                for unit in self._depacketizer.push(packet):
                    self._stream.push(unit)

    async def _answer(self, request: RtspRequest) -> bool:
        """Whether the connection goes on."""
        if request.method == "TEARDOWN":
            self._send(RtspResponse(200), request)
            return False
        handler = self._handlers.get(request.method)
        response = RtspResponse(405, {"Allow": METHODS}) if handler is None else await handler(request)
        self._send(response, request)
        await self._writer.drain()
        if self._player is not None and request.method == "PLAY" and response.status == 200:
            self._player.start()
        return response.status < 400 or response.status in (401, 405)

    def _send(self, response: RtspResponse, request: RtspRequest) -> None:
        self._writer.write(response.encode(request.cseq))

    async def _options(self, request: RtspRequest) -> RtspResponse:
        return RtspResponse(200, {"Public": METHODS})

    async def _announce(self, request: RtspRequest) -> RtspResponse:
        if self._track is not None:
            return RtspResponse(455)
        if not await self._allowed(request, "publish"):
            return RtspResponse(401, ASK)
        try:
            self._track = parse_announcement(request.body.decode(errors="replace"))
        except SdpError as error:
            log.warning("rtsp %s: %s", request.path, error)
            return RtspResponse(415)
        self._name = request.path
        self._depacketizer = Depacketizer(self._track.parameter_sets)
        return RtspResponse(200, {"Session": self._session})

    async def _describe(self, request: RtspRequest) -> RtspResponse:
        if not await self._allowed(request, "read"):
            return RtspResponse(401, ASK)
        try:
            stream = await self._paths.find(request.path, 0)
        except NotPublishedError:
            return RtspResponse(404)
        self._name = request.path
        self._player = Player(stream, self._writer)
        track = VideoTrack(PLAY_TRACK.payload_type, PLAY_TRACK.control, stream.parameter_sets)
        base = request.url.split("?")[0].rstrip("/") + "/"
        return RtspResponse(200, {"Content-Type": "application/sdp", "Content-Base": base}, describe(track).encode())

    async def _allowed(self, request: RtspRequest, action: Action) -> bool:
        user, password = request.credentials
        ip = str((self._writer.get_extra_info("peername") or ("",))[0])
        agent = request.headers.get("user-agent", "")[:200]
        token = request.token or password
        return bool(request.path) and await self._gate.allows(
            AccessRequest(ip, action, request.path, "rtsp", user, password, token, str(uuid4()), request.query, agent)
        )

    async def _setup(self, request: RtspRequest) -> RtspResponse:
        channel = interleaved_channel(request.headers.get("transport", ""))
        if channel is None:
            return RtspResponse(461)
        if self._track is None and self._player is None:
            return RtspResponse(455)
        control = self._track.control if self._track is not None else PLAY_TRACK.control
        if request.url.endswith(control):
            self._channel = channel
        if self._player is not None:
            self._player.channel = channel
        transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        return RtspResponse(200, {"Session": self._session, "Transport": transport})

    async def _record(self, request: RtspRequest) -> RtspResponse:
        if self._track is None or self._channel is None or self._stream is not None:
            return RtspResponse(455)
        stream = Stream(self._name, datetime.now(UTC), self._writer.close)
        stream.parameter_sets = self._track.parameter_sets
        try:
            self._paths.publish(stream)
        except RelayFullError:
            return RtspResponse(503)
        self._stream = stream
        log.info("rtsp %s: published", self._name)
        return RtspResponse(200, {"Session": self._session})

    async def _play(self, request: RtspRequest) -> RtspResponse:
        if self._player is None or self._channel is None:
            return RtspResponse(455)
        return RtspResponse(200, {"Session": self._session})

    def _leave(self) -> None:
        if self._stream is not None:
            self._paths.unpublish(self._stream)
            log.info("rtsp %s: publisher gone", self._name)
        if self._player is not None:
            self._player.stop()
        self._writer.close()


def interleaved_channel(transport: str) -> int | None:
    """The RTP channel of a TCP transport header; None for UDP and anything else."""
    for option in transport.split(","):
        words = option.strip().split(";")
        if words[0].upper() != "RTP/AVP/TCP":
            continue
        for word in words[1:]:
            name, _, value = word.partition("=")
            first = value.split("-")[0]
            if name == "interleaved" and first.isascii() and first.isdigit() and len(first) < 4 and int(first) < 255:
                return int(first)
        return 0
    return None
