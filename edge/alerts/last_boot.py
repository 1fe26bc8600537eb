"""In which run of the machine a file was last opened: processes that die leave it whole, a machine may not."""

import logging
from pathlib import Path

from edge.durable import write_file

log = logging.getLogger(__name__)

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
"""Random, and another after each start of the machine (random(4))."""


class LastBoot:
    """Kept in a file of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_this(self) -> bool:
        """Whether it was this one; False where that cannot be known."""
        this = _text(BOOT_ID)
        return bool(this) and _text(self._path) == this

    def note(self) -> None:
        """From now on it is this one."""
        this = _text(BOOT_ID)
        if this and not self.is_this():
            try:
                write_file(self._path, this.encode())
            except OSError as error:
                log.debug("the boot is not noted: %s", error)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""
