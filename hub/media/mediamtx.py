"""A media server for this machine: MediaMTX where it can be found, else the embedded relay; configured and started."""

import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hub.media.errors import MediaServerError

log = logging.getLogger(__name__)

UP_S = 15.0
STOP_S = 3.0
# A small program in between asks the kernel (PR_SET_PDEATHSIG, SIGTERM): a preexec_fn is unsafe beside threads.
DIE_WITH_PARENT = (
    sys.executable,
    "-ISc",
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); os.execv(sys.argv[1], sys.argv[1:])",
)
CAMERA_PATHS = "~^[1-9][0-9]{0,14}$"
Kind = Literal["mediamtx", "relay"]


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """How to run a media server, and where it will be found: whoever keeps processes can run it."""

    kind: Kind
    command: tuple[str, ...]
    rtsp_url: str
    whep_url: str
    api_url: str


class Media:
    """A running media server, which ends with this program."""

    def __init__(self, plan: MediaPlan, process: "subprocess.Popen[bytes]") -> None:
        self.kind, self.rtsp_url, self.whep_url, self.api_url = plan.kind, plan.rtsp_url, plan.whep_url, plan.api_url
        self.process = process

    def stop(self) -> None:
        """End it, by force after three seconds."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_mediamtx() -> str | None:
    """The program: `WATCHPOST_MEDIAMTX`, else `mediamtx` on PATH; MediaServerError if the former is no program."""
    given = os.environ.get("WATCHPOST_MEDIAMTX")
    if not given:
        return shutil.which("mediamtx")
    found = shutil.which(given)
    if found is None:
        raise MediaServerError(f"WATCHPOST_MEDIAMTX: {given!r} is not a program")
    return found


def plan_media(data_dir: Path, auth_url: str, prefer: Kind | None = None, host: str = "127.0.0.1") -> MediaPlan:
    """Choose and configure a server that listens on `host` alone, on free ports, and asks `auth_url` about everybody.

    `prefer` None: MediaMTX if it is there. MediaServerError when the preferred one is not there.
    """
    program = None if prefer == "relay" else find_mediamtx()
    if program is None and prefer == "mediamtx":
        raise MediaServerError("no mediamtx on PATH, and WATCHPOST_MEDIAMTX is not set")
    rtsp, whep, api = (f"{host}:{port}" for port in free_ports(host, 3))
    if program is None:
        log.info("media: the embedded relay (no mediamtx on PATH or in WATCHPOST_MEDIAMTX)")
        command: Sequence[str] = [*_our_program(), "relay", "--rtsp", rtsp, "--whep", whep, "--api", api]
        command = [*command, "--auth-url", auth_url]
    else:
        log.info("media: MediaMTX, %s", program)
        udp = f"{host}:{free_ports(host, 1, socket.SOCK_DGRAM)[0]}"
        command = [program, str(_write(data_dir, mediamtx_config(MediaAddresses(rtsp, whep, api, udp), auth_url)))]
    kind: Kind = "relay" if program is None else "mediamtx"
    return MediaPlan(kind, tuple(command), f"rtsp://{rtsp}", f"http://{whep}", f"http://{api}")


def start_media(data_dir: Path, auth_url: str, prefer: Kind | None = None, host: str = "127.0.0.1") -> Media:
    """Start a media server and wait until it listens; its output goes to `logs/media.log` in the data directory.

    It ends when the thread that called this ends: call from one that lasts. MediaServerError when it does not start.
    """
    plan = plan_media(data_dir, auth_url, prefer, host)
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "media.log").open("ab") as output:
        process = subprocess.Popen(
            [*DIE_WITH_PARENT, *plan.command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    media = Media(plan, process)
    try:
        _wait_until_up(media, time.monotonic() + UP_S)
    except MediaServerError:
        media.stop()
        raise
    return media


@dataclass(frozen=True, slots=True)
class MediaAddresses:
    """host:port of each listener; `udp` carries the video."""

    rtsp: str
    whep: str
    api: str
    udp: str


def mediamtx_config(addresses: MediaAddresses, auth_url: str) -> dict[str, object]:
    """MediaMTX with RTSP in over TCP, WebRTC out and the API for the hub; other doors shut that are open by default.

    Only camera ids are paths. Nobody is excluded from `auth_url`, the API's callers included.
    """
    host = addresses.udp.rpartition(":")[0].strip("[]")
    everywhere = host in ("0.0.0.0", "::", "")  # compared, not bound  # nosec B104
    shut = ("rtmp", "hls", "srt", "moq", "metrics", "pprof", "playback")
    return {
        "logLevel": "info",
        "logDestinations": ["stdout"],
        "authMethod": "http",
        "authHTTPAddress": auth_url,
        "authHTTPExclude": [],
        "api": True,
        "apiAddress": addresses.api,
        "apiAllowOrigins": [],
        **dict.fromkeys(shut, False),
        "rtsp": True,
        "rtspTransports": ["tcp"],
        "rtspEncryption": "no",
        "rtspAddress": addresses.rtsp,
        "webrtc": True,
        "webrtcAddress": addresses.whep,
        "webrtcLocalUDPAddress": addresses.udp,
        "webrtcIPsFromInterfaces": everywhere,
        "webrtcAdditionalHosts": [] if everywhere else [host],
        "pathDefaults": {"source": "publisher", "overridePublisher": True},
        "paths": {CAMERA_PATHS: {}},
    }


def free_ports(host: str, count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    """Ports that nobody listens on now."""
    probes = [socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((host, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _write(data_dir: Path, config: dict[str, object]) -> Path:
    """JSON is YAML."""
    path = data_dir / "mediamtx.yml"
    data_dir.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config, indent=2))
    return path


def _our_program() -> list[str]:
    return [str(Path(sys.executable).with_name("watchpost-hub"))]


def _wait_until_up(media: Media, until: float) -> None:
    for url in (media.rtsp_url, media.whep_url, media.api_url):
        host, _, port = url.rpartition("//")[2].rpartition(":")
        while not _listens(host.strip("[]"), int(port)):
            if media.process.poll() is not None:
                raise MediaServerError(f"{media.kind} ended with {media.process.returncode}; see logs/media.log")
            if time.monotonic() > until:
                raise MediaServerError(f"{media.kind} does not listen on {url}")
            time.sleep(0.02)


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
