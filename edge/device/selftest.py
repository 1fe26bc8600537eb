"""Green or red for each part of a device: every check is a function that returns a detail or raises why not."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from edge.alerts import outbox_view
from edge.clock import Clock
from edge.config import Config
from edge.device.addresses import broker_of, media_url_of
from edge.device.desired_file import DesiredFile
from edge.device.health import disk_free_mb, throttled
from edge.device.lock import only_one
from edge.device.probing import probe
from edge.durable import write_file
from edge.errors import ConfigError, WatchpostError
from edge.identity import identity
from edge.identity.identity import Identity
from edge.seeing.sight import load_detectors
from edge.stream.rtsp_record import target_of
from edge.wire.messages import CameraDesired

CONNECT_S = 5.0
ALERT_S = 0.5
LEAST_FREE_MB = 100
BUILT_AT = datetime(2025, 1, 1, tzinfo=UTC)
EXCLUSIVE = ("v4l2://", "picamera://")


class Red(WatchpostError):
    """A part is not as it should be."""


@dataclass(frozen=True, slots=True)
class Check:
    """One part's result."""

    part: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part and how to look at it: `look` returns a detail or raises WatchpostError, OSError or UnicodeError."""

    name: str
    look: Callable[[], str]

    def check(self) -> Check:
        """The result, now."""
        try:
            return Check(self.name, True, self.look())
        except WatchpostError as error:
            return Check(self.name, False, str(error))
        except OSError as error:
            return Check(self.name, False, error.strerror or str(error) or type(error).__name__)
        except UnicodeError:
            return Check(self.name, False, "the host is not a name that can be looked up")


def run(config: Config, clock: Clock, cameras: Sequence[Part] | None = None) -> Iterator[Check]:
    """Every part's result in a fixed order, each as soon as it and those before it are known.

    `cameras`: how to look at the cameras; without it each known one is opened.
    """
    parts = _parts(config, clock) + list(_cameras_opened(config, clock) if cameras is None else cameras)
    with ThreadPoolExecutor(4, "selftest") as pool:
        yield from pool.map(Part.check, parts)


def _parts(config: Config, clock: Clock) -> list[Part]:
    state_dir = config.device.state_dir
    parts = [
        Part("power", check_power),
        Part("clock", partial(check_clock, clock)),
        Part("disk", partial(check_disk, state_dir)),
        Part("models", partial(check_models, config.device.models_dir)),
        Part("outbox", partial(check_outbox, state_dir)),
    ]
    if config.hub.url or config.hub.mqtt_url or (state_dir / identity.LINK).exists():
        parts += _hub_parts(config, clock)
    return parts


def _cameras_opened(config: Config, clock: Clock) -> list[Part]:
    state_dir = config.device.state_dir
    cameras = DesiredFile(state_dir).load()
    known = cameras.cameras if cameras is not None else tuple(camera.desired() for camera in config.camera)
    busy = partial(_is_running, state_dir)
    return [Part(f"camera {camera.id}", partial(check_camera, camera, clock, busy)) for camera in known]


def _hub_parts(config: Config, clock: Clock) -> list[Part]:
    known = partial(_identity, config)
    return [
        Part("identity", lambda: check_identity(known(), clock, needed=not config.hub.mqtt_url)),
        Part("broker", lambda: check_broker(config, known())),
        Part("media", lambda: check_media(config, known())),
    ]


def check_power() -> str:
    """Whether the firmware holds the processor back."""
    now = throttled()
    if now:
        raise Red("the processor is held back: power supply too weak, or too hot")
    return "enough" if now is False else "this machine cannot tell"


def check_clock(clock: Clock) -> str:
    """Certificates and alerts need the time: a machine without a battery clock starts in the past."""
    now = datetime.fromtimestamp(clock.wall(), UTC)
    if now < BUILT_AT:
        raise Red(f"the clock says {now:%Y-%m-%d}: no time server was reached")
    return f"{now:%Y-%m-%d %H:%M:%S} UTC"


def check_disk(state_dir: Path) -> str:
    """The state directory takes a file and has room."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    trial = state_dir / f"selftest-{os.getpid()}"
    write_file(trial, b"written")
    trial.unlink()
    free = disk_free_mb(state_dir)
    if free < LEAST_FREE_MB:
        raise Red(f"only {free:.0f} MB free in {state_dir}")
    return f"{free:.0f} MB free in {state_dir}"


def check_models(models_dir: Path | None) -> str:
    """The models are there and unharmed, and the installed libraries really run them."""
    load_detectors(models_dir)
    return "load and run"


def check_outbox(state_dir: Path) -> str:
    """The outbox can be read; how much waits in it, and whether anything was given up."""
    found = outbox_view.count(state_dir / "outbox.db")
    lost = f", {found.visits_dropped} visits dropped for want of space" if found.visits_dropped else ""
    return f"{found.waiting} visits wait{lost}"


def check_identity(known: Identity | None, clock: Clock, needed: bool) -> str:
    """There is a certificate and it is good now."""
    if known is None:
        if needed:
            raise Red("not enrolled: run watchpost-edge enroll")
        return "none, and none is needed"
    left = known.ends_at - datetime.fromtimestamp(clock.wall(), UTC)
    if left.total_seconds() < 0:
        raise Red(f"the certificate of {known.facts.device_id} ended on {known.ends_at:%Y-%m-%d}")
    return f"{known.facts.device_id}, certificate good for {left.days} days"


def check_broker(config: Config, known: Identity | None) -> str:
    """The broker answers, is the one we trust, and does not turn our certificate away."""
    broker = broker_of(config.hub, known)
    if broker is None:
        raise Red("no broker is known before enrolment")
    context = broker.tls()
    with socket.create_connection((broker.host, broker.port), CONNECT_S) as plain:
        if context is not None:
            with context.wrap_socket(plain, server_hostname=broker.host) as line:
                _expect_silence(line)
    return f"{broker.host}:{broker.port} {'trusts us' if context is not None else 'is there'}"


def check_media(config: Config, known: Identity | None) -> str:
    """The media server takes connections."""
    url = media_url_of(config.hub, known)
    if not url:
        return "none is configured"
    target = target_of(url)
    with socket.create_connection((target.host, target.port), CONNECT_S):
        return f"{target.host}:{target.port} is there"


def check_camera(camera: CameraDesired, clock: Clock, busy: Callable[[], bool]) -> str:
    """The camera opens and gives a picture; a local one that the running agent holds is taken on trust."""
    if not camera.enabled:
        return f"{camera.name}: disabled"
    if camera.source_url.startswith(EXCLUSIVE) and busy():
        return f"{camera.name}: in use by the running agent"
    video = probe(camera.source_url, clock).video
    return f"{camera.name}: {video.codec} {video.width}x{video.height}"


def _identity(config: Config) -> Identity | None:
    return identity.load(config.device.state_dir)


def _expect_silence(line: socket.socket) -> None:
    # In TLS 1.3 a server refuses a client's certificate only after the handshake: wait a moment for its alert.
    line.settimeout(ALERT_S)
    try:
        if not line.recv(1):
            raise Red("the broker turns our certificate away")
    except TimeoutError:
        return


def _is_running(state_dir: Path) -> bool:
    try:
        with only_one(state_dir):
            return False
    except ConfigError:
        return True
