"""Cards made of an image laid out as Raspberry Pi OS lays its own out: both flavours, and nothing else is touched.

A stock image itself cannot be had here; this one has its partition table, its FAT with long names and a folder of
overlays, and an ext4 behind it.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from golden_cards import CMDLINE, KEY

from provisioning.cli import main

SBIN = f"{os.environ['PATH']}:/usr/sbin:/sbin"
MB = 1024 * 1024
BOOT_MB, ROOT_MB, START_MB = 64, 16, 8
TOOLS = ("mcopy", "mkfs.vfat", "sfdisk", "mke2fs", "fsck.vfat")
pytestmark = pytest.mark.skipif(
    any(shutil.which(tool, path=SBIN) is None for tool in TOOLS), reason="mtools, dosfstools, fdisk are not installed"
)
STOCK = {
    "cmdline.txt": CMDLINE,
    "config.txt": "arm_64bit=1\n[all]\n",
    "kernel8.img": "k" * 100_000,
    "bcm2712-rpi-5-b.dtb": "d" * 70_000,
    "issue.txt": "Raspberry Pi reference 2025-10-01\n",
}
TRIXIE = {"user-data": "#cloud-config\n", "meta-data": "instance_id: rpios-image\n", "network-config": "# none\n"}


def tool(*words: str | Path, text: str | None = None) -> str:
    done = subprocess.run(
        words, input=text, capture_output=True, text=True, check=False, env={**os.environ, "PATH": SBIN}
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(params=["bookworm", "trixie"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path, root = tmp_path / f"{request.param}.img", tmp_path / "rootfs"
    end = START_MB + BOOT_MB
    with path.open("wb") as file:
        file.truncate((end + ROOT_MB) * MB)
    parts = (f"start={START_MB}MiB, size={BOOT_MB}MiB, type=c", f"start={end}MiB, size={ROOT_MB}MiB, type=83")
    tool("sfdisk", "--quiet", path, text="\n".join(("label: dos", *parts, "")))
    tool("mkfs.vfat", "-F", "32", "-n", "bootfs", "--offset", str(START_MB * 2048), path, str(BOOT_MB * 1024))
    folder = tmp_path / "bootfs"
    (folder / "overlays").mkdir(parents=True)
    for name, content in {**STOCK, **(TRIXIE if request.param == "trixie" else {})}.items():
        (folder / name).write_text(content)
    for number in range(300):
        (folder / "overlays" / f"a-very-long-overlay-name-{number:03}.dtbo").write_text("o" * 1000)
    tool("mcopy", "-s", "-Q", "-i", f"{path}@@{START_MB}M", *sorted(folder.iterdir()), "::")
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "hostname").write_text("raspberrypi\n")
    tool("mke2fs", "-q", "-F", "-t", "ext4", "-E", f"offset={end * MB}", "-d", root, path, f"{ROOT_MB}M")
    return path


def boot_files(image: Path, target: Path) -> dict[str, bytes]:
    target.mkdir()
    tool("mcopy", "-s", "-n", "-Q", "-i", f"{image}@@{START_MB}M", "::*", target)
    return {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def outside_of_fat(image: Path) -> str:
    data = image.read_bytes()
    return hashlib.sha256(data[: START_MB * MB] + data[(START_MB + BOOT_MB) * MB :]).hexdigest()


def test_a_card_of_each_flavour(image: Path, tmp_path: Path) -> None:
    before, beside = boot_files(image, tmp_path / "before"), outside_of_fat(image)
    words = ["--image", str(image), "--hub", "https://hub.example.org", "--name", "front-door", "--ssh-key", KEY]
    words += ["--token", "one-time-token", "--package", "watchpost[edge]"]
    done = CliRunner().invoke(main, ["card", *words, "--json"])
    assert done.exit_code == 0, done.stderr
    after = boot_files(image, tmp_path / "after")
    ours = {"user-data", "meta-data", "network-config"} if image.stem == "trixie" else {"firstrun.sh"}
    changed = {name for name in after if after[name] != before.get(name)}
    assert {name for name in changed if not name.startswith("watchpost/")} == {"cmdline.txt", *ours}
    assert set(before) <= set(after)
    assert after["watchpost/token"] == b"one-time-token\n"
    assert (b"systemd.run=" in after["cmdline.txt"]) == (image.stem == "bookworm")
    assert after["cmdline.txt"].startswith(CMDLINE.strip().encode()) or image.stem == "bookworm"
    assert outside_of_fat(image) == beside
    fat = tmp_path / "fat.img"
    with image.open("rb") as file:
        file.seek(START_MB * MB)
        fat.write_bytes(file.read(BOOT_MB * MB))
    tool("fsck.vfat", "-n", fat)
