"""The RTSP server over real sockets: publishers, readers, and those who should be neither."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from relay_client import SDP, KnownTokens, RtspPeer, until

from hub.media.relay.paths import Paths
from hub.media.relay.rtsp import RtspServer, interleaved_channel

KEY, P = [b"\x65" + b"k" * 4000], [b"\x41" + b"p" * 300]


@dataclass
class Scene:
    """A relay's RTSP side and its insides."""

    server: asyncio.Server
    paths: Paths
    gate: KnownTokens

    async def peer(self) -> RtspPeer:
        return await RtspPeer.connect(self.server)


@asynccontextmanager
async def scene(silence_s: float = 10) -> AsyncIterator[Scene]:
    paths, gate = Paths(), KnownTokens()
    server = await RtspServer(paths, gate, silence_s).listen("127.0.0.1", 0)
    try:
        yield Scene(server, paths, gate)
    finally:
        paths.close()
        server.close()


def play(story: Callable[[Scene], Awaitable[None]], silence_s: float = 10) -> None:
    async def run() -> None:
        async with scene(silence_s) as ready:
            await story(ready)

    asyncio.run(run())


def test_a_publisher_with_a_token_is_heard() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        assert await peer.publish("/7?token=good") == [200, 200, 200]
        (stream,) = relay.paths.all()
        sequence = peer.send_picture(KEY, 0, 0)
        peer.send_picture(P, 3000, sequence)
        await until(lambda: len(stream._gop) == 2)
        assert stream.name == "7"
        assert stream.inbound_bytes > 4300
        asked = relay.gate.asked[0]
        assert (asked.action, asked.path, asked.protocol, asked.token) == ("publish", "7", "rtsp", "good")
        await peer.ask("TEARDOWN", "/7")
        await until(lambda: not relay.paths.all())

    play(story)


def test_a_stranger_is_asked_for_credentials_and_may_give_them() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        status, answer = await peer.ask("ANNOUNCE", "/7", body=SDP)
        assert status == 401
        assert "WWW-Authenticate: Basic" in answer
        basic = base64.b64encode(b"door:good").decode()
        status, _ = await peer.ask("ANNOUNCE", "/7", f"Authorization: Basic {basic}\r\n", SDP)
        assert status == 200
        assert relay.gate.asked[-1].user == "door"

    play(story)


def test_a_reader_sees_what_is_published() -> None:
    async def story(relay: Scene) -> None:
        publisher, reader = await relay.peer(), await relay.peer()
        await publisher.publish("/7?token=good")
        publisher.send_picture(KEY, 0, 0)
        await until(lambda: relay.paths.all()[0]._gop)
        assert (await reader.ask("DESCRIBE", "/8?token=good"))[0] == 404
        reader = await relay.peer()
        assert (await reader.ask("DESCRIBE", "/7"))[0] == 401
        status, answer = await reader.ask("DESCRIBE", "/7?token=good")
        assert status == 200
        await reader.reader.readexactly(int(answer.partition("Content-Length: ")[2].split("\r\n")[0]))
        assert (await reader.ask("SETUP", "/7/trackID=0", "Transport: RTP/AVP/TCP;interleaved=2-3\r\n"))[0] == 200
        assert (await reader.ask("PLAY", "/7"))[0] == 200
        frame = await reader.reader.readexactly(4)
        assert frame[:2] == b"$\x02"
        publisher.writer.close()
        assert await closed_after_frames(reader)

    play(story)


async def closed_after_frames(peer: RtspPeer) -> bool:
    await asyncio.wait_for(peer.reader.read(), 5)
    return peer.reader.at_eof()


def test_a_new_publisher_sends_the_old_one_away() -> None:
    async def story(relay: Scene) -> None:
        old, new = await relay.peer(), await relay.peer()
        await old.publish("/7?token=good")
        await new.publish("/7?token=good")
        assert await old.closed()
        await asyncio.sleep(0)
        assert len(relay.paths.all()) == 1

    play(story)


def test_a_silent_publisher_is_dropped() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        await peer.publish("/7?token=good")
        assert await peer.closed()
        await until(lambda: not relay.paths.all())

    play(story, silence_s=0.05)


def test_only_h264_over_tcp_in_the_right_order() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        assert (await peer.ask("OPTIONS", "/7"))[0] == 200
        assert (await peer.ask("PAUSE", "/7"))[0] == 405
        assert (await peer.ask("SETUP", "/7/streamid=0", "Transport: RTP/AVP/TCP;interleaved=0-1\r\n"))[0] == 455
        peer = await relay.peer()
        assert (await peer.ask("ANNOUNCE", "/7?token=good", body=SDP.replace("H264", "H265")))[0] == 415
        peer = await relay.peer()
        assert (await peer.ask("RECORD", "/7"))[0] == 455
        peer = await relay.peer()
        await peer.ask("ANNOUNCE", "/7?token=good", body=SDP)
        assert (await peer.ask("SETUP", "/7/streamid=0", "Transport: RTP/AVP;client_port=1-2\r\n"))[0] == 461

    play(story)


@pytest.mark.parametrize("data", [b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 20000, b"\x16\x03\x01\x02\x00\r\n\r\n"])
def test_who_does_not_speak_rtsp_is_sent_away(data: bytes) -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        peer.writer.write(data)
        assert await peer.closed()

    play(story)


def test_damaged_rtp_does_not_end_a_publisher() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        await peer.publish("/7?token=good")
        for data in (b"", b"\x00" * 3, b"\xff" * 40, b"\x80\x60" + b"\x7c" * 200):
            peer.send_frame(0, data)
        peer.send_frame(9, b"nobody's channel")
        sequence = peer.send_picture(KEY, 6000, 500)
        peer.send_picture(KEY, 9000, sequence)
        await until(lambda: relay.paths.all()[0]._gop)

    play(story)


@pytest.mark.parametrize(
    ("transport", "channel"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=4-5", 4),
        ("RTP/AVP;unicast;client_port=1-2,RTP/AVP/TCP;interleaved=2-3", 2),
        ("rtp/avp/tcp;unicast", 0),
        ("RTP/AVP/TCP;interleaved=-1", 0),
        ("RTP/AVP/TCP;interleaved=9999", 0),
        ("RTP/AVP;unicast", None),
        ("", None),
    ],
)
def test_the_channel_of_a_transport(transport: str, channel: int | None) -> None:
    assert interleaved_channel(transport) == channel
