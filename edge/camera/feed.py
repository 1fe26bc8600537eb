"""From a camera's units to pictures with as little decoding as is needed."""

from collections import deque

from edge.camera.base import Camera, Decoder, Effort, Picture, Unit

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
            self._units.clear()
            self._whole = False

    @property
    def units(self) -> tuple[Unit, ...]:
        """From the key unit to the newest; empty if that is not kept."""
        return tuple(self._units)


class Feed:
    """One camera's decoding: FULL while somebody watches, LIGHT otherwise. A change replays the kept group of pictures,
    so that the new decoder has every reference at once."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._gop = Gop()
        self._effort = Effort.LIGHT
        self._decoder: Decoder = camera.decoder(Effort.LIGHT)

    def take(self, unit: Unit, watched: bool) -> list[Picture]:
        """The pictures that this unit completes, oldest first."""
        self._switch(Effort.FULL if watched else Effort.LIGHT, unit.key)
        self._gop.add(unit)
        return self._decoder.decode(unit)

    def rest(self) -> list[Picture]:
        """The last pictures of a recording."""
        return self._decoder.rest()

    def _switch(self, effort: Effort, at_key: bool) -> None:
        kept = self._gop.units
        if effort is self._effort or not (kept or at_key):
            return
        self._effort, self._decoder = effort, self._camera.decoder(effort)
        if not at_key:
            for unit in kept:
                self._decoder.decode(unit)
