"""An address that a device is told to look at leads to that camera, and to nothing else that it could reach."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.device.probing import probe
from edge.errors import CameraError


class Trap:
    """Listens; `visitors` is how many came."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.visitors = 0
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def _count(self) -> None:
        while True:
            try:
                visitor, _ = self.socket.accept()
            except OSError:
                return
            self.visitors += 1
            visitor.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.socket.close()


PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://{trap}/1.ts\n#EXT-X-ENDLIST\n",
    "list.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://{trap}/1.ts\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile http://{trap}/1.mp4\n",
    "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "list.mpd": '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><BaseURL>http://{trap}/</BaseURL><Period>'
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><SegmentList><SegmentURL media="1"/>'
    "</SegmentList></Representation></AdaptationSet></Period></MPD>",
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_file_leads_nowhere_else(trap: Trap, tmp_path: Path, name: str) -> None:
    """A playlist that somebody hands in as a recording must not make the device fetch what it names."""
    path = tmp_path / name
    path.write_text(PLAYLISTS[name].format(trap=trap.address))
    with pytest.raises(CameraError):
        probe(path.as_uri(), SystemClock(), patience_s=3.0)
    assert trap.visitors == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://{trap}/",
        "https://{trap}/",
        "ftp://{trap}/",
        "tcp://{trap}",
        "concat:http://{trap}/|x",
        "file:http://{trap}/",
        "hls+http://{trap}/",
        "rtmp://{trap}/",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "data:text/plain,x",
    ],
)
def test_only_cameras_have_addresses(trap: Trap, url: str) -> None:
    with pytest.raises(CameraError):
        probe(url.format(trap=trap.address), SystemClock(), patience_s=3.0)
    assert trap.visitors == 0


@pytest.mark.parametrize("name", ["secret.txt", "key.pem", "art.ans", "list.nfo", "password"])
def test_what_is_no_video_is_not_told(tmp_path: Path, name: str) -> None:
    """A probe of a secret file says that it is no video; FFmpeg's `tty` would paint its text."""
    path = tmp_path / name
    path.write_text("user=admin password=hunter2\n" * 50)
    with pytest.raises(CameraError) as error:
        probe(path.as_uri(), SystemClock(), patience_s=3.0)
    assert "hunter2" not in str(error.value)
