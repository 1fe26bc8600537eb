"""A card image out of a folder, without a mount: a partition table, FAT, and two ext4 file systems.

The boot partition is a Raspberry Pi's; the system's changes only by updates, and /var is where a device writes. It is
the last, so that it grows over the rest of the card.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from provisioning.errors import CardError

MB = 1024 * 1024
START_MB, BOOT_MB, ROOM_MB, VAR_MB = 4, 512, 512, 768
BOOT, ROOT, VAR = "BOOTFS", "watchpost-root", "watchpost-var"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each partition begins and how long it is, in MB."""

    root_mb: int
    var_mb: int = VAR_MB

    @property
    def root_start_mb(self) -> int:
        return START_MB + BOOT_MB

    @property
    def var_start_mb(self) -> int:
        return self.root_start_mb + self.root_mb

    @property
    def size_mb(self) -> int:
        return self.var_start_mb + self.var_mb

    def table(self) -> str:
        """For sfdisk(8): a DOS label, for that is what a Raspberry Pi reads."""
        parts = (
            f"start={START_MB}MiB, size={BOOT_MB}MiB, type=c, bootable",
            f"start={self.root_start_mb}MiB, size={self.root_mb}MiB, type=83",
            f"start={self.var_start_mb}MiB, size={self.var_mb}MiB, type=83",
        )
        return "label: dos\n" + "".join(f"{part}\n" for part in parts)


def assemble(root: Path, image: Path, scratch: Path) -> Layout:
    """The image of a whole system that lies in `root`; what it writes beside it is in `scratch`."""
    var = _set_apart(root / "var", scratch / "var")
    boot = _set_apart(root / "boot" / "firmware", scratch / "boot")
    layout = Layout(_used_mb(root) * 11 // 10 + ROOM_MB)
    with image.open("wb") as file:
        file.truncate(layout.size_mb * MB)
    run("sfdisk", "--quiet", str(image), text=layout.table())
    _fat(boot, image)
    _ext4(root, image, ROOT, layout.root_start_mb, layout.root_mb)
    _ext4(var, image, VAR, layout.var_start_mb, layout.var_mb)
    return layout


def _set_apart(folder: Path, target: Path) -> Path:
    shutil.move(folder, target)
    folder.mkdir()
    return target


def _used_mb(folder: Path) -> int:
    listed = run("du", "--summarize", "--block-size=1M", str(folder))
    return int(listed.split()[0])


def _fat(folder: Path, image: Path) -> None:
    place = f"{image}@@{START_MB}M"
    offset, blocks = START_MB * MB // 512, BOOT_MB * 1024
    run("mkfs.vfat", "-F", "32", "-n", BOOT, "--offset", str(offset), str(image), str(blocks))
    run("mcopy", "-s", "-Q", "-i", place, *(str(path) for path in sorted(folder.iterdir())), "::")


def _ext4(folder: Path, image: Path, label: str, start_mb: int, size_mb: int) -> None:
    kind = ("-t", "ext4", "-L", label, "-m", "1", "-E", f"offset={start_mb * MB},root_owner=0:0")
    run("mke2fs", "-q", "-F", *kind, "-d", str(folder), str(image), f"{size_mb}M")


def run(*command: str, text: str = "") -> str:
    """What a tool says; CardError with its last line when it fails or is not there."""
    if shutil.which(command[0]) is None:
        raise CardError(f"{command[0]} is needed to make an image and is not installed")
    environ = {**os.environ, "LC_ALL": "C.UTF-8", "MTOOLS_SKIP_CHECK": "1"}
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, env=environ)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise CardError(f"{command[0]}: {lines[-1] if lines else f'failed with {done.returncode}'}")
    return done.stdout
