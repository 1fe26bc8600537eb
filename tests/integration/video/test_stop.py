"""SIGTERM ends the program at once: sixteen cameras in every bad state, and a media server that says nothing."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from models_there import needs_models
from real_broker import FakeHub, RealBroker
from video_rig import Simulator
from waiting import until

from edge.wire.messages import BoxStyle, CameraDesired, CameraSettings, Desired

EDGE = str(Path(sys.executable).with_name("watchpost-edge"))
CAMERA = "rtsp_camera.py"
PROMPT_S = 2.9
"""Two seconds are meant; whatever waits for something waits for three at least."""

pytestmark = needs_models


@pytest.fixture
def silent() -> Iterator[Callable[[], tuple[str, socket.socket]]]:
    """Servers that take connections and say nothing."""
    with ExitStack() as stack:

        def listen() -> tuple[str, socket.socket]:
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
            return f"rtsp://127.0.0.1:{server.getsockname()[1]}", server

        yield listen


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RealBroker]:
    broker = RealBroker(tmp_path)
    yield broker
    broker.kill()


@pytest.fixture
def hub(broker: RealBroker) -> Iterator[FakeHub]:
    hub = FakeHub(broker)
    yield hub
    hub.stop()


def test_sixteen_cameras_stop_at_once(
    simulator: Callable[..., Simulator],
    silent: Callable[[], tuple[str, socket.socket]],
    broker: RealBroker,
    hub: FakeHub,
    tmp_path: Path,
) -> None:
    alive, stalled, locked = simulator(CAMERA), simulator(CAMERA), simulator(CAMERA, "--user", "a", "--password", "b")
    (half_open, _), (media, media_server) = silent(), silent()
    sources = [alive.url(), stalled.url(), "rtsp://127.0.0.1:1/dead", f"{half_open}/cam"] * 3
    sources += [locked.url("a:wrong@"), locked.url(), alive.url(path="/other"), alive.url()]
    settings = [CameraSettings(boxes=style) for style in BoxStyle]
    cameras = [
        CameraDesired(str(number), "door", source, wanted=True, settings=settings[number % 2])
        for number, source in enumerate(sources, start=1)
    ]
    hub.say("door", Desired(1, tuple(cameras)))
    (tmp_path / "edge.toml").write_text(
        f'[device]\nname = "door"\nstate_dir = "state"\n[hub]\nmqtt_url = "{broker.url}"\nmedia_rtsp_url = "{media}"\n'
    )
    with subprocess.Popen([EDGE, "run", "--config", str(tmp_path / "edge.toml")], stderr=subprocess.DEVNULL) as agent:
        media_server.settimeout(30)
        held = [media_server.accept()[0] for _ in range(6)]
        stalled.stall()
        time.sleep(1.5)
        assert agent.poll() is None
        began_s = time.monotonic()
        agent.send_signal(signal.SIGTERM)
        until(lambda: agent.poll() is not None)
        took_s = time.monotonic() - began_s
    for connection in held:
        connection.close()
    print(f"stopped in {took_s:.2f} s")
    assert agent.returncode == 0
    assert took_s < PROMPT_S
