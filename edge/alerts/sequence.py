"""The number of a device's visit messages: it only grows, also when the database that knows it is lost."""

import logging
from pathlib import Path

from edge.durable import write_file

log = logging.getLogger(__name__)

RESERVE = 1000


class Sequence:
    """Gives out numbers above all that its file has reserved, or above what `resume` is told."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = self._ceiling = _read(path)

    @property
    def last(self) -> int:
        """No number above this has been given."""
        return self._last

    def resume(self, last: int) -> None:
        """Go on after `last`, the highest number really used, so that a restart leaves no gap."""
        self._last = last

    def next(self) -> int:
        """A number never given before; with a full disk that promise ends with the loss of the database."""
        self._last += 1
        if self._last > self._ceiling:
            self._ceiling = self._last + RESERVE
            try:
                write_file(self._path, f"{self._ceiling}\n".encode())
            except OSError as error:
                log.warning("cannot reserve sequence numbers: %s", error)
        return self._last


def _read(path: Path) -> int:
    try:
        return int(path.read_text())
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        log.warning("no sequence reserve in %s: %s", path, error)
        return 0
