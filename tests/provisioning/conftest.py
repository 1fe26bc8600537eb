"""Cards to write to: a mounted boot folder, an image with a FAT partition."""

import os
import struct
import subprocess
from pathlib import Path

import pytest
from golden_cards import CMDLINE


@pytest.fixture
def boot(tmp_path: Path) -> Path:
    folder = tmp_path / "bootfs"
    folder.mkdir()
    (folder / "cmdline.txt").write_text(CMDLINE)
    (folder / "config.txt").write_text("arm_64bit=1\n")
    return folder


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A card image with one FAT partition at 1 MiB that holds a Raspberry Pi OS Trixie's first files."""
    path = tmp_path / "card.img"
    start, sectors = 2048, 64 * 2048
    entry = struct.pack("<B3sB3sII", 0, bytes(3), 0x0C, bytes(3), start, sectors)
    path.write_bytes(bytes(446) + entry + bytes(48) + b"\x55\xaa")
    os.truncate(path, (start + sectors) * 512)
    subprocess.run(
        ["mkfs.vfat", "-F", "32", "-s", "1", "--offset", str(start), path, str(sectors // 2)],
        check=True,
        capture_output=True,
    )
    for name, text in {"cmdline.txt": CMDLINE, "config.txt": "\n", "user-data": "#cloud-config\n"}.items():
        subprocess.run(["mcopy", "-i", f"{path}@@1M", "-", f"::{name}"], input=text.encode(), check=True)
    return path
