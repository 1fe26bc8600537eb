"""Small file systems that can be filled and that can lose power: ext4 on a file, as root, in a mount namespace.

A power cut is ext4's own (the ioctl EXT4_IOC_SHUTDOWN without flushing the journal, which xfstests uses for the same):
from that moment nothing more reaches the "disk", and the next mount finds what had been synced, as after a real one.
"""

import fcntl
import os
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
BUSY_S = 5.0


class Busy(Exception):
    """Somebody still holds files on a disk that is to go."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system of `size_mb` mounted at `folder`; its image lies beside it."""

    folder: Path
    size_mb: int

    @property
    def image(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.img")

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def make(self) -> None:
        """A fresh, empty one."""
        self.folder.mkdir(parents=True, mode=0o700)
        with self.image.open("wb") as image:
            image.truncate(self.size_mb * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", str(self.image))
        self.mount()
        self.folder.chmod(0o700)

    def mount(self) -> None:
        """Mount it, replaying its journal."""
        _run("mount", "-o", "loop", str(self.image), str(self.folder))

    def cut_power(self) -> None:
        """What is not synced is gone; whoever used the disk must be dead by now."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)
        deadline = time.monotonic() + BUSY_S
        while subprocess.run(["umount", str(self.folder)], capture_output=True, check=False).returncode:
            if time.monotonic() > deadline:
                raise Busy(self.folder)
            time.sleep(0.05)

    def fill(self, leave_bytes: int = 0) -> None:
        """Take all room but so much."""
        descriptor = os.open(self._filler, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            for step in (64 << 20, 8 << 20, 1 << 20, 64 << 10, 4 << 10):
                while self._free() - step >= leave_bytes:
                    try:
                        os.posix_fallocate(descriptor, size, step)
                    except OSError:
                        break
                    size += step
        finally:
            os.close(descriptor)

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)

    def _free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
