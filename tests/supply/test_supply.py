"""What is shipped: every dependency locked with its hashes, its licence known, a wheel that is the same each time."""

import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from supply.licences import LOCKS, PAGE, ROOT, locked

VERSIONS = ("3.11", "3.13")
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
SHIPPED = ("edge", "hub", "provisioning", "pyproject.toml", "README.md", "LICENSE")
RELEASED_AT = "1760000000"


def pinned() -> dict[str, set[str]]:
    """The versions that constraints.txt allows for each package."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^;\s]+)", (ROOT / "constraints.txt").read_text(), re.M):
        found.setdefault(_normal(name), set()).add(version)
    return found


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_lock_is_what_the_constraints_allow(version: str) -> None:
    """`make lock` writes it anew."""
    allowed, packages = pinned(), locked(version)
    assert len(packages) > 50
    wrong = {name: text for name, text in packages.items() if text not in allowed.get(_normal(name), {text})}
    assert wrong == {}
    assert {_normal(name) for name in packages} >= {"flask", "peewee", "paho-mqtt", "av", "click", "cryptography"}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_package_has_hashes_and_no_place_is_named(version: str) -> None:
    text = (LOCKS / f"python-{version}.txt").read_text()
    for block in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
        assert "--hash=sha256:" in block, block[:60]
    assert "://" not in text
    assert "index-url" not in text


def test_every_licence_is_known() -> None:
    page = PAGE.read_text()
    for name in locked("3.11"):
        assert f"| {name} | " in page
    assert "UNKNOWN" not in page


@pytest.mark.slow
def test_the_wheel_is_the_same_each_time(tmp_path: Path) -> None:
    """Built twice, in other folders and at other times, from the same files and the same SOURCE_DATE_EPOCH."""
    assert _built(tmp_path / "one") == _built(tmp_path / "two")


def _built(folder: Path) -> tuple[str, str]:
    source = folder / "source"
    for name in SHIPPED:
        place, copy = ROOT / name, source / name
        if place.is_dir():
            shutil.copytree(place, copy, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copy)
        else:
            shutil.copy(place, copy)
    environ = {**os.environ, "SOURCE_DATE_EPOCH": RELEASED_AT, "PYTHONPATH": ""}
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=source, env=environ, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel.name, sha256(wheel.read_bytes()).hexdigest()
