"""Pages that watch video: each holds its lease, joins over WHEP through the hub and receives whole pictures, undecoded.

    python -m chaos.viewers URL USERNAME PASSWORD CAMERA...

A viewer for each camera that is named, all in this process. It prints one JSON object every few seconds: how many
pictures came, ms from asking to the first picture of each join, ms of renewing leases, and how many viewers have seen
a picture within the last SHOWING_S.
"""

import asyncio
import queue
import random
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiortc.rtcrtpreceiver
import urllib3
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from chaos.api import ChaosClient
from chaos.crowd import TELL_S, Tally

from hub.demo.client import ApiError
from hub.media.relay.webrtc import prepare_aiortc

RENEW_S, AGAIN_S, AGAIN_MOST_S = 5.0, 0.3, 8.0
COME_S = 1.0
FIRST_S, SHOWING_S = 15.0, 5.0


class NoPicture(Exception):
    """It cannot be watched now, or no longer."""


@dataclass(slots=True)
class Audience:
    """What all viewers have seen since it was told last."""

    pictures: int = 0
    joins: Tally = field(default_factory=Tally)
    leases: Tally = field(default_factory=Tally)


class Viewer:
    """One page; `seen_at` on the monotonic clock."""

    def __init__(self, client: ChaosClient, camera: int, page: str, audience: Audience) -> None:
        self._client, self._camera, self._page, self._audience = client, camera, page, audience
        self.seen_at = 0.0

    async def run(self) -> None:
        """Watch, and watch again whenever it ends, as patiently as the page does."""
        failures = 0
        while True:
            began = time.monotonic()
            with suppress(NoPicture, MediaStreamError, ApiError, OSError, urllib3.exceptions.HTTPError, TimeoutError):
                await self._watch()
            failures = 0 if self.seen_at > began else failures + 1
            await asyncio.sleep(min(AGAIN_MOST_S, AGAIN_S * 2**failures) * random.uniform(0.5, 1.5))

    async def _watch(self) -> None:
        began = time.monotonic()
        answer = await self._lease()
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        renewing = asyncio.create_task(self._renew())
        try:
            track = await self._joined(peer, answer)
            await asyncio.wait_for(track.recv(), FIRST_S)
            self._audience.joins.note((time.monotonic() - began) * 1000)
            while True:
                self.seen_at = time.monotonic()
                self._audience.pictures += 1
                await asyncio.wait_for(track.recv(), FIRST_S)
        finally:
            renewing.cancel()
            await peer.close()

    async def _joined(self, peer: RTCPeerConnection, answer: dict[str, Any]) -> MediaStreamTrack:
        peer.addTransceiver("video", direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {answer['token']}"}
        url, offer = self._client.url + answer["whep_url"], peer.localDescription.sdp.encode()
        found = await asyncio.to_thread(urllib3.request, "POST", url, body=offer, headers=headers, retries=False)
        if found.status != HTTPStatus.CREATED:
            raise NoPicture(found.status)
        await peer.setRemoteDescription(RTCSessionDescription(found.data.decode(), "answer"))
        return peer.getReceivers()[0].track

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            with suppress(ApiError, OSError):
                await self._lease()

    async def _lease(self) -> dict[str, Any]:
        began = time.monotonic()
        answer = await asyncio.to_thread(self._client.watch, self._camera, self._page)
        self._audience.leases.note((time.monotonic() - began) * 1000)
        return answer


def _count_only(
    loop: asyncio.AbstractEventLoop,
    pictures: queue.Queue[object],
    track: asyncio.Queue[object],
    _error: threading.Event,
) -> None:
    """Stands where aiortc decodes: the track gives whole pictures as they came."""
    while (picture := pictures.get()) is not None:
        asyncio.run_coroutine_threadsafe(track.put(picture), loop)
    asyncio.run_coroutine_threadsafe(track.put(None), loop)


async def _all(url: str, username: str, password: str, cameras: list[str]) -> None:
    client, audience = ChaosClient(url), Audience()
    client.log_in(username, password)
    viewers = [Viewer(client, int(camera), str(number), audience) for number, camera in enumerate(cameras)]
    running = []
    for viewer in viewers:
        running.append(asyncio.create_task(viewer.run()))
        await asyncio.sleep(COME_S)
    while not any(task.done() for task in running):
        await asyncio.sleep(TELL_S)
        pictures, audience.pictures = audience.pictures, 0
        showing = sum(time.monotonic() - viewer.seen_at < SHOWING_S for viewer in viewers)
        audience.joins.tell(leases=audience.leases.taken(), pictures=pictures, showing=showing)
    await asyncio.gather(*running)


if __name__ == "__main__":
    prepare_aiortc(["127.0.0.1"])
    vars(aiortc.rtcrtpreceiver).update(decoder_worker=_count_only)
    asyncio.run(_all(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
