"""WHEP with aiortc as the viewer: offers, refusals, sessions, and the pictures themselves."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from relay_client import KnownTokens, RtspPeer, until

from hub.media.relay.api import ApiServer
from hub.media.relay.h264 import AccessUnit
from hub.media.relay.http import HttpRequest
from hub.media.relay.paths import Paths, Stream
from hub.media.relay.rtsp import RtspServer
from hub.media.relay.webrtc import prepare_aiortc, without_names
from hub.media.relay.whep import WhepServer

SDP_TYPE = {"content-type": "application/sdp", "authorization": "Bearer good"}


def request(method: str, path: str, body: bytes = b"", **headers: str) -> HttpRequest:
    return HttpRequest(method, path, "", headers, body, "127.0.0.1")


@dataclass
class Scene:
    """A relay's WHEP side with one published stream, `1`."""

    paths: Paths
    whep: WhepServer
    rtsp: RtspServer
    api: ApiServer
    stream: Stream
    gate: KnownTokens
    peers: list[RTCPeerConnection] = field(default_factory=list)

    async def peer(self) -> RTCPeerConnection:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTransceiver("video", direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        self.peers.append(peer)
        return peer

    async def offer(self, peer: RTCPeerConnection, path: str = "/1/whep") -> tuple[int, str]:
        """The status and where the session lives."""
        post = replace(request("POST", path, peer.localDescription.sdp.encode()), headers=SDP_TYPE)
        answer = await self.whep.handle(post)
        if answer.status == 201:
            await peer.setRemoteDescription(RTCSessionDescription(answer.body.decode(), "answer"))
        return answer.status, answer.headers.get("Location", "")

    def push(self, number: int) -> None:
        self.stream.push(AccessUnit((b"\x67s", b"\x68p", b"\x65" + b"k" * 3000), number * 3000))


def play(story: Callable[[Scene], Awaitable[None]], wait_s: float = 0.0) -> None:
    async def run() -> None:
        async with scene(wait_s) as ready:
            await asyncio.wait_for(story(ready), 20)

    asyncio.run(run())


@asynccontextmanager
async def scene(wait_s: float) -> AsyncIterator[Scene]:
    prepare_aiortc(["127.0.0.1"])
    paths, gate = Paths(), KnownTokens()
    whep = WhepServer(paths, gate, wait_s)
    stream = Stream("1", datetime(2024, 5, 1, tzinfo=UTC), lambda: None)
    paths.publish(stream)
    rtsp = RtspServer(paths, gate)
    ready = Scene(paths, whep, rtsp, ApiServer(paths, whep, rtsp, gate), stream, gate)
    try:
        yield ready
    finally:
        await whep.close()
        for peer in ready.peers:
            await peer.close()


def test_a_viewer_gets_the_pictures_and_leaves() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        relay.push(0)
        status, location = await relay.offer(peer)
        assert status == 201
        assert location.startswith("/1/whep/")
        await until(lambda: relay.stream.readers)
        for number in range(1, 5):
            relay.push(number)
        await until_packets_received(peer, 5 * 3)
        assert (await relay.whep.handle(request("PATCH", location))).status == 204
        assert (await relay.whep.handle(request("DELETE", location))).status == 200
        assert relay.stream.readers == {}
        assert (await relay.whep.handle(request("DELETE", location))).status == 404

    play(story)


async def until_packets_received(peer: RTCPeerConnection, count: int) -> None:
    while not any(
        report.type == "inbound-rtp" and report.packetsReceived >= count for report in (await peer.getStats()).values()
    ):
        await asyncio.sleep(0.01)


def test_the_answer_has_h264_alone_and_only_our_address() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        await relay.offer(peer)
        answer = peer.remoteDescription.sdp
        assert "H264/90000" in answer
        assert "VP8" not in answer
        candidates = [line.split(" ")[4] for line in answer.splitlines() if line.startswith("a=candidate")]
        assert set(candidates) == {"127.0.0.1"}

    play(story)


def test_the_end_of_the_stream_ends_its_viewers() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        await relay.offer(peer)
        await until(lambda: relay.stream.readers)
        relay.paths.unpublish(relay.stream)
        await until(lambda: not relay.whep.viewers())
        await until(lambda: peer.connectionState == "closed")

    play(story)


def test_a_viewer_may_come_before_the_publisher() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        waiting = asyncio.create_task(relay.offer(peer, "/2/whep"))
        await asyncio.sleep(0.01)
        relay.paths.publish(Stream("2", datetime.now(UTC), lambda: None))
        assert (await waiting)[0] == 201

    play(story, wait_s=5)


def test_who_may_not_and_what_is_not_there() -> None:
    async def story(relay: Scene) -> None:
        handle = relay.whep.handle
        assert (await handle(request("POST", "/1/whep", **{"content-type": "application/sdp"}))).status == 401
        assert (await handle(request("POST", "/1/whep"))).status == 400
        assert (await handle(request("GET", "/1/whep"))).status == 405
        assert (await handle(request("GET", "/1"))).status == 404
        post = request("POST", "/9/whep", **SDP_TYPE)
        missing = await handle(post)
        assert missing.status == 404
        assert json.loads(missing.body) == {"status": "error", "error": "no one is publishing to path '9'"}
        preflight = await handle(request("OPTIONS", "/1/whep"))
        assert preflight.status == 204
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"

    play(story)


@pytest.mark.parametrize(
    "offer",
    [
        b"",
        b"\xff\x00",
        b"v=0",
        b"v=0\r\nm=video",
        b"v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
        b"v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n",
        b"v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
        b"a=candidate:1 1 udp x y\r\n" * 50,
    ],
)
def test_offers_that_cannot_be_answered(offer: bytes) -> None:
    async def story(relay: Scene) -> None:
        answer = await relay.whep.handle(request("POST", "/1/whep", offer, **SDP_TYPE))
        assert answer.status == 400
        assert relay.whep.viewers() == []
        assert relay.stream.readers == {}

    play(story)


def test_the_api_tells_paths_and_viewers_and_sends_one_away() -> None:
    async def story(relay: Scene) -> None:
        peer = await relay.peer()
        await relay.offer(peer)
        await until(lambda: relay.stream.readers)
        bearer = {"authorization": "Bearer good"}
        assert (await relay.api.handle(request("GET", "/v3/paths/list"))).status == 401
        listed = json.loads((await relay.api.handle(request("GET", "/v3/paths/list", **bearer))).body)
        (item,) = listed["items"]
        assert (item["name"], item["online"], len(item["readers"])) == ("1", True, 1)
        sessions = json.loads((await relay.api.handle(request("GET", "/v3/webrtcsessions/list", **bearer))).body)
        (session,) = sessions["items"]
        assert (session["path"], session["state"]) == ("1", "read")
        assert session["id"] in [asked.id for asked in relay.gate.asked]
        kick = f"/v3/webrtcsessions/kick/{session['id']}"
        assert (await relay.api.handle(request("POST", kick, **bearer))).status == 200
        assert (await relay.api.handle(request("POST", kick, **bearer))).status == 404
        assert relay.whep.viewers() == []

    play(story)


def test_the_api_tells_rtsp_sessions_and_hangs_up() -> None:
    async def story(relay: Scene) -> None:
        server = await relay.rtsp.listen("127.0.0.1", 0)
        publisher, idle = await RtspPeer.connect(server), await RtspPeer.connect(server)
        assert await publisher.publish("/7?token=good") == [200, 200, 200]
        assert (await idle.ask("OPTIONS", "/7"))[0] == 200
        bearer = {"authorization": "Bearer good"}
        listed = json.loads((await relay.api.handle(request("GET", "/v3/rtspsessions/list", **bearer))).body)
        (session,) = listed["items"]
        assert (session["path"], session["state"]) == ("7", "publish")
        assert session["id"] in [asked.id for asked in relay.gate.asked]
        kick = f"/v3/rtspsessions/kick/{session['id']}"
        assert (await relay.api.handle(request("POST", kick, **bearer))).status == 200
        assert await publisher.closed()
        await until(lambda: len(relay.rtsp.sessions()) == 0)
        assert (await relay.api.handle(request("POST", kick, **bearer))).status == 404
        assert (await relay.api.handle(request("POST", f"/v3/rtspsessions/kick/{'-' * 36}", **bearer))).status == 400
        server.close()

    play(story)


def test_names_that_only_multicast_resolves_are_left_out() -> None:
    name, address = "a=candidate:1 1 udp 1 abc.local 5 typ host", "a=candidate:2 1 udp 1 10.0.0.1 5 typ host"
    offer = "\r\n".join(["v=0", name, address, "a=end-of-candidates", ""])
    assert without_names(offer) == "\r\n".join(["v=0", address, ""])
