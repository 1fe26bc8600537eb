"""A file that takes up room until it is needed."""

import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)


class Reserve:
    """`size_bytes` of disk held back in `path`."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes

    def keep(self) -> None:
        """Take the room, unless it is taken or the disk has less than three times as much."""
        try:
            if self._path.exists() or shutil.disk_usage(self._path.parent).free < 3 * self._size_bytes:
                return
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size_bytes)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.debug("no reserve: %s", error)
            with suppress(OSError):
                self._path.unlink()

    def release(self) -> bool:
        """Give the room up; False when there was none."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
