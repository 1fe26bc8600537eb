"""The viewfinder over real HTTP: who may look, what they see, and that a bad visitor harms nobody."""

import base64
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import cv2
import numpy as np
import pytest
from moved_clock import MovedClock
from ports import free_port

from edge.config import load
from edge.errors import ConfigError
from edge.values import Box, Frame, Planes, Seen
from edge.viewfinder.door import TRIES, WITHIN_S, Door
from edge.viewfinder.server import AT_ONCE, serving
from edge.viewfinder.settings import ViewfinderConfig
from edge.wire.messages import CameraDesired, CameraReported, CameraSettings, CameraState

PASSWORD = "correct horse"
ZONE = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9))
DOOR = CameraDesired("7", "Front door", "rtsp://user:secret@cam/", settings=CameraSettings(include=(ZONE,)))
SINCE = datetime(2025, 1, 1, tzinfo=UTC)


class Running:
    """A camera whose picture the test sets."""

    def __init__(self) -> None:
        self.picture: Seen | None = None

    def reported(self) -> CameraReported:
        return CameraReported("7", CameraState.ONLINE, SINCE, width=320, height=240, fps=10.0, codec="h264")

    def seen(self) -> Seen | None:
        return self.picture


class Site:
    """A viewfinder on a free port of loopback."""

    def __init__(self, port: int, clock: MovedClock) -> None:
        self.port = port
        self.clock = clock
        self.camera = Running()

    def get(self, path: str, password: str | None = PASSWORD, method: str = "GET") -> tuple[int, bytes, dict[str, str]]:
        headers = {}
        if password is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"watchpost:{password}".encode()).decode()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        got = answer.status, answer.read(), dict(answer.getheaders())
        connection.close()
        return got


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(free_port(), MovedClock())
    settings = ViewfinderConfig(f"127.0.0.1:{site.port}", PASSWORD)
    with serving(settings, lambda: [(DOOR, site.camera)], site.clock):
        yield site


def grey(clock: MovedClock) -> Seen:
    planes = Planes(*(np.full(shape, 128, np.uint8) for shape in ((240, 320), (120, 160), (120, 160))))
    return Seen(Frame(planes, 1.0, clock.wall() - 3, 1), (Box(100.0, 80.0, 40.0, 48.0),))


def test_the_page_and_its_parts_come_with_the_password_only(site: Site) -> None:
    for path, kind in [("/", "text/html"), ("/viewfinder.js", "text/javascript"), ("/viewfinder.css", "text/css")]:
        status, body, headers = site.get(path)
        assert (status, headers["Content-Type"].partition(";")[0]) == (200, kind)
        assert body
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert site.get(path, None)[0] == 401


def test_the_picture_shows_the_face_framed(site: Site) -> None:
    assert site.get("/picture/7")[0] == 404
    site.camera.picture = grey(site.clock)
    status, body, headers = site.get("/picture/7?now")
    picture = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
    assert (status, headers["Content-Type"], picture.shape) == (200, "image/jpeg", (240, 320, 3))
    blue, green, red = picture[79, 120].astype(int)
    assert green - max(blue, red) > 60
    assert np.ptp(picture[100, 120].astype(int)) < 12


def test_the_facts_help_to_aim_and_tell_no_secret(site: Site) -> None:
    site.camera.picture = grey(site.clock)
    _, body, _ = site.get("/cameras.json")
    (camera,) = json.loads(body)
    assert (camera["name"], camera["state"], camera["codec"], camera["age_s"]) == ("Front door", "online", "h264", 3.0)
    assert (camera["face_px"], camera["min_face_px"]) == ([48], 20)
    assert camera["include"] == [[list(point) for point in ZONE]]
    assert b"secret" not in body


@pytest.mark.parametrize("path", ["/picture/8", "/../edge.toml", "/%2e%2e/edge.toml", "/page/index.html", "/picture/"])
def test_there_is_nothing_else(site: Site, path: str) -> None:
    assert site.get(path)[0] == 404


def test_other_methods_and_nonsense_are_refused_and_harm_nobody(site: Site) -> None:
    assert site.get("/", method="POST")[0] == 501
    with socket.create_connection(("127.0.0.1", site.port), 5) as visitor:
        visitor.sendall(b"\0\xff nonsense\r\n\r\n")
        assert b"400" in visitor.recv(1000)
    assert site.get("/")[0] == 200


def test_many_silent_visitors_keep_nobody_out(site: Site) -> None:
    silent = [socket.create_connection(("127.0.0.1", site.port), 5) for _ in range(3 * AT_ONCE)]
    assert site.get("/")[0] == 200
    for visitor in silent:
        visitor.close()


def test_guessing_shuts_the_door_for_a_minute(site: Site) -> None:
    for _ in range(TRIES):
        assert site.get("/", "guess")[0] == 401
    assert site.get("/")[0] == 429
    site.clock.move(WITHIN_S)
    assert site.get("/")[0] == 200


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer eA==", "Basic d2F0Y2hwb3N0Og==", "basic \udcff"])
def test_no_other_header_opens(header: str) -> None:
    assert not Door(PASSWORD, MovedClock()).opens(header)


def test_an_address_in_use_does_not_stop_the_device(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with serving(ViewfinderConfig(f"127.0.0.1:{site.port}", PASSWORD), list, site.clock):
        assert "no viewfinder at" in caplog.text
    assert site.get("/")[0] == 200


def test_without_an_address_there_is_none() -> None:
    with serving(ViewfinderConfig(), list, MovedClock()):
        pass


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('bind = "127.0.0.1"\npassword = "long enough"', "line 4: viewfinder.bind: should be host:port"),
        ('bind = "127.0.0.1:99999"\npassword = "long enough"', "viewfinder.bind"),
        ('bind = "127.0.0.1:8471"', "viewfinder.password: should have at least 8 characters"),
        ('bnid = "127.0.0.1:8471"', "did you mean bind?"),
    ],
)
def test_its_settings_are_checked(tmp_path: Path, lines: str, problem: str) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(f'[device]\nname = "x"\n[viewfinder]\n{lines}\n')
    with pytest.raises(ConfigError, match=problem.replace("?", r"\?")):
        load(path)
