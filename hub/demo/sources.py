"""What the demo looks at: what was asked for, else a camera of this machine, else two built-in scenes."""

import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from hub.demo.processes import program
from hub.demo.scenes import write_scenes
from hub.errors import HubError

SCHEMES = ("rtsp", "rtsps", "v4l2", "picamera", "file")


@dataclass(frozen=True, slots=True)
class Source:
    """One camera to make: a name for people and the address that the device opens."""

    name: str
    url: str


def parse_source(text: str) -> Source:
    """A file's path or a camera's URL; HubError says what is wrong with it."""
    scheme = urlsplit(text).scheme
    if scheme not in SCHEMES:
        path = Path(text).expanduser().resolve()
        if not path.is_file():
            raise HubError(f"--source {text}: no such file, and not a URL of {', '.join(SCHEMES)}")
        return Source(_title(path.stem), path.as_uri())
    if scheme == "file" and not Path(urlsplit(text).path).is_file():
        raise HubError(f"--source {text}: no such file")
    address = urlsplit(text)
    return Source(_title(Path(address.path).stem or address.hostname or scheme), text)


def default_sources(data_dir: Path) -> list[Source]:
    """A camera of this machine that gives a picture, else the built-in scenes."""
    for url in _own_cameras():
        probe = [program("watchpost-edge"), "probe", url]
        if subprocess.run(probe, capture_output=True, timeout=20, check=False).returncode == 0:
            return [Source("This machine", url)]
    return [Source(_title(path.stem), path.as_uri()) for path in write_scenes(data_dir / "scenes")]


def _own_cameras() -> list[str]:
    cameras = [f"v4l2://{path}" for path in sorted(Path("/dev").glob("video[0-9]"))]
    return (["picamera://0"] if find_spec("picamera2") else []) + cameras


def _title(stem: str) -> str:
    return stem.replace("-", " ").replace("_", " ").strip().capitalize()[:120] or "Camera"
