"""A media server for this machine: MediaMTX where it can be found, else the embedded relay; chosen and configured."""

import json
import logging
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hub.media.errors import MediaServerError

log = logging.getLogger(__name__)

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
