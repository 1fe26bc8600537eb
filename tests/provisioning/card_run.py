"""One run of the card command, and what is in a folder or an image before and after."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provisioning.cli import main

NOW = datetime(2026, 5, 4, tzinfo=UTC)
BARE = ["--hub", "https://hub.example.org", "--name", "front-door", "--token", "one-time-token"]
GOOD = [*BARE, "--package", "watchpost[edge]==0.1.0"]
ONE_HUB = ["--hub", "https://hub.example.org", "--package", "watchpost[edge]"]
needs_mtools = pytest.mark.skipif(
    not (shutil.which("mcopy") and shutil.which("mkfs.vfat")), reason="mtools and dosfstools are not installed"
)


def run(*arguments: str) -> Result:
    """The command in this process, its output told apart."""
    return CliRunner().invoke(main, ["card", *arguments])


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_image(image: Path, name: str) -> bytes:
    """A file of the image's boot partition."""
    return subprocess.run(["mtype", "-i", f"{image}@@1M", f"::{name}"], check=True, capture_output=True).stdout
