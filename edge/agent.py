"""The composition root of the device: from configuration and identity to a running reconciler; nobody imports it."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from edge.alerts.outbox import Outbox
from edge.clock import Clock
from edge.config import Config
from edge.detect.blazeface import Detectors
from edge.device.addresses import broker_of, media_url_of
from edge.device.checkup import checkup, red_parts
from edge.device.desired_file import DesiredFile
from edge.device.events import Events
from edge.device.health import HealthMeter
from edge.device.lock import only_one
from edge.device.orders import Orders
from edge.device.pipelines import Pipeline, Pipelines
from edge.device.probing import probe
from edge.device.reconciler import Ending, Parts, Reconciler, snapshot_of
from edge.device.systemd import ServiceManager
from edge.errors import ConfigError, PublishError
from edge.identity import identity
from edge.identity.hub_client import Hub
from edge.identity.identity import Identity
from edge.identity.renewal import renewing
from edge.pipeline.pipeline import CameraPipeline
from edge.seeing.sight import Sight, load_detectors
from edge.stream.encoders import chosen
from edge.stream.outflow import Outlet
from edge.uplink.connection import Device
from edge.uplink.uplink import Uplink
from edge.values import VisitReport
from edge.viewfinder.server import serving
from edge.wire.messages import Answer, CameraDesired, Desired, Health, Reported, Selftest

log = logging.getLogger(__name__)

MB = 1024 * 1024


class NoHub:
    """For a device that works alone: visits stay in the outbox, reports go nowhere."""

    def start(self) -> None:
        log.warning("there is no hub: visits stay in the outbox")

    def stop(self) -> None:
        """Nothing to end."""

    def report(self, state: Reported | Selftest) -> None:
        """Nobody listens."""

    def send(self, message: Answer | Health) -> None:
        """Nobody listens."""

    def wake(self) -> None:
        """Nobody sends."""


class PublishUrls:
    """Where a camera's stream goes, with a fresh credential for each connection."""

    def __init__(self, base_url: str, known: Identity | None, clock: Clock) -> None:
        self._base_url = base_url
        self._known = known
        self._clock = clock

    def of(self, camera_id: str) -> str:
        """`rtsp://host/<camera>?token=<token>`; PublishError without a media server.

        Not as the URL's password: FFmpeg cuts `user:password` at 127 bytes, and a token has 300.
        """
        if not self._base_url:
            raise PublishError("no media server is configured")
        parts = urlsplit(self._base_url)
        query = ""
        if self._known is not None:
            query = f"token={self._known.publish_token(camera_id, self._clock.wall())}"
        place = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, place, f"{parts.path.rstrip('/')}/{camera_id}", query, ""))


def run(config: Config, events: Events, clock: Clock) -> Ending:
    """Run the device until `events` says stop; ConfigError, IdentityError or ModelError when it cannot start."""
    with ExitStack() as stack:
        stack.enter_context(only_one(config.device.state_dir))
        pipelines, line, reconciler = _built(config, events, clock)
        stack.enter_context(serving(config.viewfinder, pipelines.running, clock))
        if config.hub.url and isinstance(line, Uplink):
            hub = Hub(config.hub.url, config.hub.ca_file)
            stack.enter_context(renewing(hub, config.device.state_dir, clock, line.reconnect))
        return reconciler.run()


def device_id_of(config: Config, known: Identity | None) -> str:
    """What the hub calls this device, else its name in the letters that a topic takes."""
    if known is not None:
        return known.facts.device_id
    return re.sub(r"[^a-z0-9]+", "-", config.device.name.lower()).strip("-")[:64].rstrip("-") or "device"


def _built(config: Config, events: Events, clock: Clock) -> tuple[Pipelines, Uplink | NoHub, Reconciler]:
    state_dir = config.device.state_dir
    known = identity.load(state_dir)
    models = model_sets(config.device.models_dir)  # missing or damaged ones end the program here, not in a thread
    manager, limits = ServiceManager(), config.limits
    with manager.patience():  # after a power cut all of the outbox is read
        outbox = Outbox(state_dir / "outbox.db", limits.outbox_max_mb * MB, clock, limits.keep_sent_hours * 3600.0)
    line = line_of(config, known, outbox, events, clock)
    urls, encoder = PublishUrls(media_url_of(config.hub, known), known, clock), chosen()
    log.info("encoder: %s%s", encoder.kind, f" ({encoder.note})" if encoder.note else "")

    def keep(report: VisitReport) -> None:
        outbox.put(report)
        line.wake()

    def open_sight(camera: CameraDesired) -> Sight:
        return Sight(next(models), camera.settings)

    def pipeline(camera: CameraDesired) -> Pipeline:
        outlet, sight = Outlet(partial(urls.of, camera.id), encoder), partial(open_sight, camera)
        return CameraPipeline(camera, keep, outlet, sight, clock, events.changed)

    pipelines = Pipelines(pipeline)

    def self_test() -> list[str]:
        result = checkup(config, clock, pipelines.reported)
        line.report(result)
        return red_parts(result)

    orders = Orders(partial(snapshot_of, pipelines), lambda url: probe(url, clock), self_test, line.send)
    parts = Parts(outbox, line, orders, pipelines, DesiredFile(state_dir), HealthMeter(state_dir, clock), manager)
    fallback = Desired(0, tuple(camera.desired() for camera in config.camera))
    return pipelines, line, Reconciler(parts, events, fallback, version("watchpost"), clock)


def model_sets(models_dir: Path | None) -> Iterator[Detectors]:
    """Sets of models for cameras to share in turn: one per core, at most two (31 MB each; a look holds its set)."""
    return cycle([load_detectors(models_dir) for _ in range(min(2, os.cpu_count() or 1))])


def line_of(config: Config, known: Identity | None, outbox: Outbox, events: Events, clock: Clock) -> Uplink | NoHub:
    """The way to the hub that this configuration and identity give; ConfigError when there is nothing to work for."""
    broker = broker_of(config.hub, known)
    if broker is not None:
        device = Device(device_id_of(config, known), version("watchpost"), broker)
        return Uplink(device, outbox, events.put, clock)
    if config.hub.url:
        raise ConfigError(f"not enrolled at {config.hub.url}: run `watchpost-edge enroll --config ...` first")
    if not config.camera:
        raise ConfigError("nothing to do: give [hub] a url and enrol, or name a [[camera]]")
    return NoHub()
