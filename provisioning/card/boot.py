"""The boot partition of a card: a mounted folder, or inside an image through mtools, without root."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from provisioning.card.image import boot_partition
from provisioning.errors import CardError

TIMEOUT_S = 600


class Boot(Protocol):
    """Files by their path from the root of the partition; every method may raise CardError."""

    name: str

    def read(self, path: str) -> bytes | None: ...
    def write(self, path: str, source: Path) -> None: ...
    def remove(self, path: str) -> None: ...
    def free(self) -> int: ...


class BootFolder:
    """A mounted boot partition, or any folder that holds one."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        try:
            return (self._folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._trouble(path, error) from None

    def write(self, path: str, source: Path) -> None:
        """All or nothing, and on the card before it returns."""
        target = self._folder / path
        scratch = target.with_name(f"{target.name}.new")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, scratch)
            with scratch.open("rb") as file:
                os.fsync(file.fileno())
            scratch.replace(target)
        except OSError as error:
            scratch.unlink(missing_ok=True)
            raise self._trouble(path, error) from None

    def remove(self, path: str) -> None:
        """The file, and the folders that it leaves empty."""
        try:
            (self._folder / path).unlink(missing_ok=True)
            for parent in PurePosixPath(path).parents:
                folder = self._folder / parent
                if parent != PurePosixPath() and folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
        except OSError as error:
            raise self._trouble(path, error) from None

    def free(self) -> int:
        status = os.statvfs(self._folder)
        return status.f_bavail * status.f_frsize

    def _trouble(self, path: str, error: OSError) -> CardError:
        return CardError(f"{self.name}/{path}: {error.strerror or error}")


class BootImage:
    """The FAT partition of a card image, edited in place by mtools."""

    def __init__(self, image: Path) -> None:
        self.name = str(image)
        if shutil.which("mcopy") is None:
            raise CardError("mtools is needed to write into an image: apt install mtools")
        self._drive = f"{image}@@{boot_partition(image).offset}"

    def read(self, path: str) -> bytes | None:
        if not self._exists(path):
            return None
        return self._mtools("mtype", f"::{path}").stdout

    def write(self, path: str, source: Path) -> None:
        self._make_parents(path)
        self._mtools("mcopy", "-o", "-Q", str(source), f"::{path}")

    def remove(self, path: str) -> None:
        if self._exists(path):
            self._mtools("mdel", f"::{path}")
        for parent in PurePosixPath(path).parents:
            # mrd refuses a folder that is not empty, which is what is wanted.
            if parent != PurePosixPath():
                self._run("mrd", f"::{parent}")

    def free(self) -> int:
        listing = self._mtools("mdir", "::").stdout.decode(errors="replace")
        found = re.search(r"([\d ]+) bytes free", listing)
        if not found:
            raise CardError(f"{self.name}: how much is free cannot be read")
        return int(found[1].replace(" ", ""))

    def _make_parents(self, path: str) -> None:
        for parent in reversed(PurePosixPath(path).parents):
            if parent != PurePosixPath() and not self._exists(str(parent)):
                self._mtools("mmd", f"::{parent}")

    def _exists(self, path: str) -> bool:
        return self._run("mdir", "-b", "-f", f"::{path}").returncode == 0

    def _mtools(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        done = self._run(program, *arguments)
        if done.returncode:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise CardError(f"{self.name}: {lines[-1] if lines else f'{program} failed'}")
        return done

    def _run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        command: Sequence[str] = (program, "-i", self._drive, *arguments)
        # Never asks: a file that is in the way is replaced, a damaged file system is an error.
        return subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL)


def staged(data: bytes, folder: Path) -> Path:
    """The bytes as a private file, for a Boot to copy."""
    descriptor, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return Path(name)
