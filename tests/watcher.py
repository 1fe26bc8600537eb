"""A program: watches one stream until it ends, over WHEP or RTSP; prints `playing` at the first picture.

Usage: watcher.py URL TOKEN. WHEP for http://, RTSP for rtsp://.
"""

import asyncio
import sys

import av
import urllib3
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from hub.media.relay.webrtc import prepare_aiortc


async def watch_whep(url: str, token: str) -> None:
    """Until the media server closes the connection."""
    peer, ended = RTCPeerConnection(RTCConfiguration(iceServers=[])), asyncio.Event()
    tasks = set()
    peer.addTransceiver("video", direction="recvonly")

    @peer.on("track")
    def on_track(track: MediaStreamTrack) -> None:
        tasks.add(asyncio.ensure_future(_take(track)))

    @peer.on("connectionstatechange")
    def on_state() -> None:
        if peer.connectionState in ("closed", "failed"):
            ended.set()

    await peer.setLocalDescription(await peer.createOffer())
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
    answer = urllib3.request("POST", url, body=peer.localDescription.sdp.encode(), headers=headers)
    if answer.status != 201:
        sys.exit(f"refused: {answer.status}")
    await peer.setRemoteDescription(RTCSessionDescription(answer.data.decode(), "answer"))
    await ended.wait()


async def _take(track: MediaStreamTrack) -> None:
    try:
        await track.recv()
        print("playing", flush=True)
        while True:
            await track.recv()
    except MediaStreamError:
        return


def watch_rtsp(url: str, token: str) -> None:
    """Until the media server hangs up."""
    with av.open(f"{url}?token={token}", options={"rtsp_transport": "tcp"}, timeout=10) as container:
        for number, _packet in enumerate(container.demux(video=0)):
            if number == 0:
                print("playing", flush=True)


if __name__ == "__main__":
    prepare_aiortc(["127.0.0.1"])
    try:
        if sys.argv[1].startswith("rtsp://"):
            watch_rtsp(*sys.argv[1:3])
        else:
            asyncio.run(watch_whep(*sys.argv[1:3]))
    except av.error.FFmpegError as error:
        sys.exit(f"ended: {type(error).__name__}")
