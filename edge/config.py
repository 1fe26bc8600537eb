"""edge.toml as frozen typed values: read once, every problem reported at once, with its line and "did you mean"."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta

from edge.camera.address import parse
from edge.errors import CameraError, ConfigError
from edge.toml_lines import line_numbers
from edge.toml_tables import Doubt, TableReader
from edge.viewfinder.settings import ViewfinderConfig
from edge.wire.messages import CameraDesired, CameraId, CameraSettings, Line

SCHEMES = {"url": ("http", "https"), "mqtt_url": ("mqtt", "mqtts"), "media_rtsp_url": ("rtsp", "rtsps")}
Megabytes = Annotated[int, Meta(ge=1, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """Who this is and where it keeps what must survive a power cut."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    state_dir: Path = Path("/var/lib/watchpost")
    models_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class HubConfig:
    """Where the hub is; what enrolment answered is used where a field is empty."""

    url: str = ""
    mqtt_url: str = field(default="", repr=False)
    media_rtsp_url: str = field(default="", repr=False)
    ca_file: Path | None = None

    def doubts(self) -> Iterator[Doubt]:
        """Addresses that are none, a file that is not there."""
        for key, schemes in SCHEMES.items():
            url = getattr(self, key)
            if url and not _is_address(url, schemes):
                yield (key,), f"should be {' or '.join(f'{scheme}://host' for scheme in schemes)}"
        if self.ca_file is not None and not self.ca_file.is_file():
            yield ("ca_file",), f"there is no file {self.ca_file}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the device may use."""

    outbox_max_mb: Megabytes = 512
    keep_sent_hours: Annotated[int, Meta(ge=0, le=720)] = 72


@dataclass(frozen=True, slots=True)
class CameraConfig:
    """A camera that needs no hub; `settings` as the hub would have them."""

    id: CameraId
    source_url: Annotated[str, Meta(min_length=1, max_length=2048)] = field(repr=False)
    name: Line = ""
    enabled: bool = True
    settings: CameraSettings = field(default_factory=CameraSettings)

    def doubts(self) -> Iterator[Doubt]:
        """An address that no camera has."""
        try:
            parse(self.source_url)
        except CameraError as error:
            yield ("source_url",), str(error)

    def desired(self) -> CameraDesired:
        """The same as the hub would say it."""
        return CameraDesired(self.id, self.name or self.id, self.source_url, self.enabled, settings=self.settings)


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file."""

    device: DeviceConfig
    hub: HubConfig = HubConfig()
    limits: Limits = Limits()
    viewfinder: ViewfinderConfig = field(default_factory=ViewfinderConfig)
    camera: tuple[CameraConfig, ...] = ()

    def doubts(self) -> Iterator[Doubt]:
        """Cameras that share an id."""
        ids = [camera.id for camera in self.camera]
        for index, camera_id in enumerate(ids):
            if camera_id in ids[:index]:
                yield ("camera", index, "id"), f"{camera_id!r} is there twice"


def load(path: Path) -> Config:
    """The configuration in a file; ConfigError lists every problem, a line each. Paths are relative to the file."""
    try:
        text = path.read_bytes().decode()
        plain = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    reader = TableReader(line_numbers(text), path.parent)
    config = reader.read(Config, plain)
    if reader.problems or config is None:
        raise ConfigError("\n".join(f"{path}: {problem}" for problem in sorted(reader.problems)))
    return config


def _is_address(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
