"""The composition root of the demo: every part as its own process, started in order and stopped in reverse."""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hub.broker import plan_broker
from hub.demo.agent import Agent
from hub.demo.client import ApiError, HubClient
from hub.demo.place import check_port, kept_password, only_one
from hub.demo.processes import Processes, Restarts, program
from hub.demo.sources import Source, default_sources, parse_source
from hub.errors import HubError
from hub.fleet.ca import CertificateAuthority
from hub.media.mediamtx import plan_media
from hub.secrets import replaced
from hub.settings import FOREIGN, PREFIX
from hub.store import migrate
from hub.store.embedded import EmbeddedPostgres

USERNAME = "demo"
CHANGED = "(as you changed it)"
UP_S = 30.0
LIVE_S = 10.0


@dataclass(frozen=True, slots=True)
class Ready:
    """What the user needs to know once all is live."""

    url: str
    username: str
    password: str = field(repr=False)
    mqtt_url: str
    media_url: str
    broker: str
    media: str
    data_dir: Path

    def public(self) -> dict[str, str]:
        """The facts of the `ready` line."""
        return {name: str(getattr(self, name)) for name in ("url", "username", "password", "mqtt_url", "media_url")}


class Demo:
    """One demo in one data directory; `step` hears what is being done."""

    def __init__(self, data_dir: Path, port: int, sources: Sequence[str], step: Callable[[str], None]) -> None:
        self._data_dir = data_dir
        self._port = port
        self._asked = [parse_source(text) for text in sources]
        self._step = step
        self._client = HubClient(f"http://127.0.0.1:{port}")
        self._agent = Agent(data_dir, self._client.url)
        self._processes = Processes(data_dir / "logs")
        self._postgres = EmbeddedPostgres(data_dir, die_with_parent=True)
        self._postgres_restarts = Restarts("PostgreSQL", self._postgres.log)
        self._database_url = ""

    def run(self, stop: threading.Event, ready: Callable[[Ready], None]) -> None:
        """Start everything, tell `ready`, keep it running until `stop` is set; HubError or StoreError if it cannot."""
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with ExitStack() as stack:
            stack.enter_context(only_one(self._data_dir))
            check_port(self._port)
            self._start_database(stack)
            stack.callback(self._processes.stop)
            try:
                ready(self._start(stop))
            except Stopped:
                return
            while not stop.wait(0.3):
                self._check()

    def _start_database(self, stack: ExitStack) -> None:
        self._step("PostgreSQL")
        self._database_url = self._postgres.start()
        stack.callback(self._postgres.stop)
        migrate.up(self._database_url)

    def _check(self) -> None:
        """Start again what has died; the database comes first, where it was: its address is known to all others."""
        code = self._postgres.ended()
        if code is not None:
            self._postgres_restarts.one_more(code)
            if self._postgres.start() != self._database_url:
                raise HubError("PostgreSQL has ended and somebody took its port; start the demo again")
        self._processes.check()

    def _start(self, stop: threading.Event) -> Ready:
        self._step("broker, media, hub")
        broker = plan_broker(self._data_dir, CertificateAuthority.open(self._data_dir / "secrets"))
        media = plan_media(self._data_dir, f"{self._client.url}/api/media/auth")
        settings = {
            "DATABASE_URL": self._database_url,
            "DATA_DIR": str(self._data_dir),
            "MQTT_URL": broker.url,
            "PUBLIC_URL": self._client.url,
            "MEDIA_RTSP_URL": media.rtsp_url,
            "MEDIA_WHEP_URL": media.whep_url,
            "MEDIA_API_URL": media.api_url,
            "BIND": f"127.0.0.1:{self._port}",
        }
        self._agent.configure(broker.url, media.rtsp_url)
        environ = _environ(settings)
        self._processes.start("web", [program("watchpost-hub"), "serve"], environ)
        self._processes.start("broker", broker.command)
        self._processes.start("guard", broker.guard, environ)
        self._processes.start("ingest", [program("watchpost-hub"), "ingest"], environ)
        if self._agent.enrolled:
            self._processes.start("agent", self._agent.command)
        self._processes.start("media", media.command)
        self._processes.start("jobs", [program("watchpost-hub"), "jobs"], environ)
        password = self._set_up(stop)
        return Ready(
            url=self._client.url,
            username=USERNAME,
            password=password,
            mqtt_url=broker.url,
            media_url=media.whep_url,
            broker=broker.name,
            media=media.kind,
            data_dir=self._data_dir,
        )

    def _set_up(self, stop: threading.Event) -> str:
        """Through the public API: the account, the device, the cameras. Returns the account's password."""
        self._wait("the hub", self._client.is_up, UP_S, stop)
        password = self._log_in()
        if password is None:
            return CHANGED
        if not self._agent.enrolled:
            self._step("enrolling the device")
            self._agent.enroll(self._client)
            self._processes.start("agent", self._agent.command)
        self._step("cameras")
        wanted = self._add_cameras()
        if wanted:
            self._wait("the cameras", lambda: self._live() >= wanted, LIVE_S, stop, must=False)
        return password

    def _log_in(self) -> str | None:
        """The password, None when the user has changed it since."""
        password = kept_password(self._data_dir)
        try:
            self._client.sign_up(USERNAME, password)
        except ApiError as error:
            if error.status != 403:
                raise HubError(f"no account for the demo: {error}") from None
        try:
            self._client.log_in(USERNAME, password)
        except ApiError:
            return None
        return password

    def _add_cameras(self) -> int:
        """Cameras for the sources that have none yet; returns how many should soon be live."""
        path = self._data_dir / "demo-sources.json"
        made: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
        existing = {camera["id"] for camera in self._client.cameras()}
        for source in self._asked or ([] if existing else default_sources(self._data_dir)):
            if made.get(source.url) not in existing:
                made[source.url] = self._add_camera(source)
                replaced(path, json.dumps(made).encode())
        return len(self._client.cameras())

    def _add_camera(self, source: Source) -> int:
        try:
            camera = self._client.add_camera({"name": source.name, "source_url": source.url})
        except ApiError as error:
            raise HubError(f"the hub does not want {source.name!r} as a camera: {error}") from None
        return int(str(camera["id"]))

    def _live(self) -> int:
        cameras = self._client.cameras()
        states = [camera["status"]["state"] for camera in cameras if isinstance(camera["status"], dict)]
        return sum(state in ("online", "offline", "disabled") for state in states)

    def _wait(
        self, what: str, done: Callable[[], bool], within_s: float, stop: threading.Event, *, must: bool = True
    ) -> None:
        until = time.monotonic() + within_s
        while not done():
            if stop.wait(0.15):
                raise Stopped
            self._check()
            if time.monotonic() > until:
                if must:
                    raise HubError(f"{what} did not come up in {within_s:.0f} s; see {self._data_dir}/logs")
                return


class Stopped(Exception):
    """The user stopped the demo before it was up."""


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with the demo's settings instead of any other of ours."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name in FOREIGN}
    return environ | {f"{PREFIX}{name}": value for name, value in settings.items()}
