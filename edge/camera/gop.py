"""The current group of pictures, kept so that a decoder may begin in its middle."""

from collections import deque

from edge.camera.base import Unit

GOP_BYTES = 8 * 1024 * 1024
GOP_UNITS = 300


class Gop:
    """The units since the last key unit, as long as they are few enough to be worth keeping."""

    def __init__(self) -> None:
        self._units: deque[Unit] = deque()
        self._bytes = 0
        self._whole = False

    def add(self, unit: Unit) -> None:
        if unit.key:
            self._units.clear()
            self._bytes, self._whole = 0, True
        if not self._whole:
            return
        self._units.append(unit)
        self._bytes += unit.size
        if self._bytes > GOP_BYTES or len(self._units) > GOP_UNITS:
            self.forget()

    def forget(self) -> None:
        """Units are missing: what is kept is of no use before the next key unit."""
        self._units.clear()
        self._whole = False

    @property
    def units(self) -> tuple[Unit, ...]:
        """From the key unit to the newest; empty if that is not kept."""
        return tuple(self._units)
