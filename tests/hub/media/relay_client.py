"""The relay's peers, hand-made: an RTSP connection that says what it is told, and a gate that knows its tokens."""

import asyncio
from dataclasses import dataclass, field

from hub.media.relay.gate import AccessRequest
from hub.media.relay.h264 import packetize
from hub.media.relay.rtp import RtpPacket, build_rtp

SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    "a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LADdoFB+hAAAADAEAAAAyjxQqo,aM4PyA==\r\n"
    "a=control:streamid=0\r\n"
)


@dataclass
class KnownTokens:
    """Allows who holds one of these tokens; keeps every question."""

    tokens: frozenset[str] = frozenset({"good"})
    asked: list[AccessRequest] = field(default_factory=list)

    async def allows(self, request: AccessRequest) -> bool:
        self.asked.append(request)
        return request.token in self.tokens


class RtspPeer:
    """One connection to the relay."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, base: str) -> None:
        self.reader, self.writer, self.base = reader, writer, base
        self.cseq = 0

    @classmethod
    async def connect(cls, server: asyncio.Server) -> "RtspPeer":
        host, port = server.sockets[0].getsockname()
        return cls(*await asyncio.open_connection(host, port), f"rtsp://{host}:{port}")

    async def ask(self, method: str, url: str, headers: str = "", body: str = "") -> tuple[int, str]:
        """Status and head of the answer."""
        self.cseq += 1
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {self.base}{url} RTSP/1.0\r\nCSeq: {self.cseq}\r\n{headers}{length}\r\n"
        self.writer.write((head + body).encode())
        answer = (await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)).decode()
        assert f"CSeq: {self.cseq}\r\n" in answer
        return int(answer.split(" ")[1]), answer

    async def publish(self, url: str) -> list[int]:
        """The statuses on the way to RECORD."""
        transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record\r\n"
        statuses = [(await self.ask("ANNOUNCE", url, body=SDP))[0]]
        statuses.append((await self.ask("SETUP", f"{url}/streamid=0", transport))[0])
        statuses.append((await self.ask("RECORD", url))[0])
        return statuses

    def send_picture(self, nals: list[bytes], timestamp: int, sequence: int) -> int:
        """Send one picture; the next sequence number."""
        payloads = packetize(nals)
        for index, payload in enumerate(payloads):
            packet = RtpPacket(96, sequence, timestamp, index == len(payloads) - 1, payload)
            self.send_frame(0, build_rtp(packet, 1))
            sequence += 1
        return sequence

    def send_frame(self, channel: int, data: bytes) -> None:
        self.writer.write(b"$" + bytes([channel]) + len(data).to_bytes(2, "big") + data)

    async def closed(self) -> bool:
        """Whether the relay hangs up within a few seconds."""
        try:
            return await asyncio.wait_for(self.reader.read(), 5) == b""
        except ConnectionError:
            return True


async def until(condition: object) -> None:
    """Wait for something that other tasks bring about; a test's own time limit ends it."""
    assert callable(condition)
    while not condition():
        await asyncio.sleep(0.005)
