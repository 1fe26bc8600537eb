"""RTSP over one TCP connection: publishers push H.264 (ANNOUNCE, SETUP, RECORD), readers DESCRIBE and PLAY."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from hub.media.relay.errors import NotPublishedError, RelayError, RelayFullError, SdpError
from hub.media.relay.gate import AccessRequest, Action, Gate
from hub.media.relay.messages import RtspParser, RtspRequest, RtspResponse
from hub.media.relay.paths import Paths
from hub.media.relay.play import PLAY_TRACK, Player
from hub.media.relay.record import Recorder
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
        self._connections: dict[UUID, RtspConnection] = {}

    def sessions(self) -> "list[RtspConnection]":
        """Everybody who publishes or reads now."""
        return [connection for connection in self._connections.values() if connection.state]

    def kick(self, session_id: UUID) -> bool:
        """Hang up on one peer; False when there is no such peer."""
        connection = self._connections.get(session_id)
        if connection is not None:
            connection.hang_up()
        return connection is not None

    async def listen(self, host: str, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._accept, host, port, limit=64 * 1024)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= CONNECTIONS:
            writer.close()
            return
        self._tasks.add(task)
        connection = RtspConnection(self._paths, self._gate, writer)
        self._connections[connection.id] = connection
        try:
            await connection.run(reader, self._silence_s)
        except asyncio.CancelledError:
            log.debug("rtsp connection: the relay stops")  # ends the task; asyncio would log a fault
        finally:
            self._tasks.discard(task)
            self._connections.pop(connection.id, None)


class RtspConnection:
    """One peer: first unknown, then a publisher that records or a reader that plays."""

    def __init__(self, paths: Paths, gate: Gate, writer: asyncio.StreamWriter) -> None:
        self._paths, self._gate, self._writer = paths, gate, writer
        self.id, self.created = uuid4(), datetime.now(UTC)
        self._session = {"Session": uuid4().hex[:16]}
        self._recorder: Recorder | None = None
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
            log.info("rtsp %s: %s", self._name, error)
        except (TimeoutError, OSError) as error:
            log.info("rtsp %s: %s", self._name, type(error).__name__)
        finally:
            for role in (self._recorder, self._player):
                if role is not None:
                    role.stop()
            self._writer.close()

    @property
    def state(self) -> str:
        """MediaMTX's word for what the peer does: publish, read, or nothing yet."""
        if self._recorder is not None and self._recorder.running:
            return "publish"
        return "read" if self._player is not None and self._player.running else ""

    @property
    def path(self) -> str:
        """What it publishes or reads."""
        role = self._recorder or self._player
        return role.name if role is not None else ""

    def hang_up(self) -> None:
        """Close the connection; what it published or read ends with it."""
        self._writer.close()

    @property
    def _name(self) -> str:
        return self.path or "connection"

    async def _serve(self, reader: asyncio.StreamReader, silence_s: float) -> None:
        parser = RtspParser()
        while True:
            limit = None if self._player is not None and self._player.running else silence_s
            data = await asyncio.wait_for(reader.read(64 * 1024), limit)
            if not data:
                return
            for message in parser.feed(data):
                if isinstance(message, RtspRequest):
                    if not await self._answer(message):
                        return
                elif self._recorder is not None:
                    self._recorder.receive(message)

    async def _answer(self, request: RtspRequest) -> bool:
        """Whether the connection goes on."""
        response = await self._respond(request)
        self._writer.write(response.encode(request.cseq))
        await self._writer.drain()
        if self._player is not None and request.method == "PLAY" and response.status == 200:
            self._player.start()
        return request.method != "TEARDOWN" and (response.status < 400 or response.status in (401, 405))

    async def _respond(self, request: RtspRequest) -> RtspResponse:
        if request.method == "TEARDOWN":
            return RtspResponse(200)
        handler = self._handlers.get(request.method)
        return RtspResponse(405, {"Allow": METHODS}) if handler is None else await handler(request)

    async def _options(self, request: RtspRequest) -> RtspResponse:
        return RtspResponse(200, {"Public": METHODS})

    async def _announce(self, request: RtspRequest) -> RtspResponse:
        if self._recorder is not None or self._player is not None:
            return RtspResponse(455)
        if not await self._allowed(request, "publish"):
            return RtspResponse(401, ASK)
        try:
            track = parse_announcement(request.body.decode(errors="replace"))
        except SdpError as error:
            log.warning("rtsp %s: %s", request.path, error)
            return RtspResponse(415)
        self._recorder = Recorder(self._paths, request.path, track, self._writer.close)
        return RtspResponse(200, self._session)

    async def _describe(self, request: RtspRequest) -> RtspResponse:
        if self._recorder is not None or self._player is not None:
            return RtspResponse(455)
        if not await self._allowed(request, "read"):
            return RtspResponse(401, ASK)
        try:
            stream = await self._paths.find(request.path, 0)
        except NotPublishedError:
            return RtspResponse(404)
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
            AccessRequest(ip, action, request.path, "rtsp", user, password, token, str(self.id), request.query, agent)
        )

    async def _setup(self, request: RtspRequest) -> RtspResponse:
        role = self._recorder or self._player
        channel = interleaved_channel(request.headers.get("transport", ""))
        if channel is None:
            return RtspResponse(461)
        if role is None:
            return RtspResponse(455)
        if request.url.endswith(role.track.control):
            role.channel = channel
        transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        return RtspResponse(200, {**self._session, "Transport": transport})

    async def _record(self, request: RtspRequest) -> RtspResponse:
        if self._recorder is None or self._recorder.channel is None or self._recorder.running:
            return RtspResponse(455)
        try:
            self._recorder.start()
        except RelayFullError:
            return RtspResponse(503)
        return RtspResponse(200, self._session)

    async def _play(self, request: RtspRequest) -> RtspResponse:
        ready = self._player is not None and self._player.channel is not None
        return RtspResponse(200, self._session) if ready else RtspResponse(455)


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
