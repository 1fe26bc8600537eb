"""From a camera's units to pictures with as little decoding as is needed."""

from collections import deque
from typing import Protocol

from edge.camera.base import Camera, Decoder, Effort, Picture, Unit, VideoFormat
from edge.camera.stillness import Stillness
from edge.camera.waking import Need, Waking

GOP_BYTES = 8 * 1024 * 1024
GOP_UNITS = 300
SLEEPING = ("h264", "hevc")
ALONE = ("mjpeg", "raw", "yuyv422")
"""Each picture of these decodes by itself, so only those that are looked at are decoded."""
COMPARE_EVERY_S = 0.4
BEFORE_WAKING_S = 0.5
"""On waking, pictures of so long before are looked at too: a face may have been there when the first units grew."""
CATCH_UP_S = 0.1
UNIT_S, BYTE_S = 4e-10, 1.5e-7
"""Decoding, roughly: seconds per pixel of each unit, and per byte."""


class Interest(Protocol):
    """What pictures are wanted for."""

    @property
    def watched(self) -> bool:
        """Whether every picture is wanted, in full quality."""

    @property
    def busy(self) -> bool:
        """Whether somebody is in view, so that no picture may be missed."""

    def due(self, time_s: float) -> bool:
        """Whether a picture of that time would be looked at."""


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


class Comparison:
    """Pictures compared, each with the one before."""

    def __init__(self) -> None:
        self.time_s = float("-inf")
        self._stillness = Stillness()

    def moved(self, picture: Picture) -> bool:
        """Whether the picture shows a change; it is then the one to compare with."""
        self.time_s = picture.time_s
        return self._stillness.moved(picture.planes().y)

    def begin(self, picture: Picture) -> None:
        """Compare with this one from now on."""
        self.moved(picture)


class Feed:
    """One camera's decoding. FULL while somebody watches, LIGHT otherwise; nothing while the scene sleeps.

    A change of effort replays the kept group of pictures, so that the new decoder has every reference at once.
    """

    def __init__(self, camera: Camera, interest: Interest, face_px: int) -> None:
        self._camera = camera
        self._interest = interest
        self._video: VideoFormat = camera.format
        self._gop = Gop()
        self._effort = Effort.LIGHT
        self._decoder: Decoder = camera.decoder(Effort.LIGHT)
        self._pixels = self._video.width * self._video.height
        self._waking = Waking(self._pixels, face_px) if self._video.codec in SLEEPING else None
        self._between = Comparison()
        self._keys = Comparison()
        self._key_s = float("-inf")
        self._held: list[Unit] = []
        self._held_cost_s = 0.0

    @property
    def asleep(self) -> bool:
        """Whether units are kept undecoded for now."""
        return self._waking is not None and self._waking.asleep

    def take(self, unit: Unit) -> list[Picture]:
        """The pictures that are there after this unit, oldest first; on waking they are several."""
        if self._video.codec in ALONE and not self._interest.watched and not self._interest.due(unit.time_s):
            return []
        self._switch(unit.key)
        self._gop.add(unit)
        if self._waking is None:
            return self._decoder.decode(unit)
        return self._take_waking(unit, self._waking)

    def rest(self) -> list[Picture]:
        """The last pictures of a recording."""
        return [] if self._held else self._decoder.rest()

    def _take_waking(self, unit: Unit, waking: Waking) -> list[Picture]:
        if unit.key:
            self._key_s = unit.time_s
        need = waking.need(unit.time_s, unit.key, unit.size, self._interest.busy or self._interest.watched)
        if need is Need.KEEP:
            self._hold(unit)
            return []
        pictures = self._peek(unit) if need is Need.PEEK else self._decode(unit)
        self._compare(pictures, waking)
        return pictures

    def _hold(self, unit: Unit) -> None:
        """Keep the unit for waking. When much is kept it is decoded after all, so that waking stays quick."""
        if unit.key:
            self._release()
        self._held.append(unit)
        self._held_cost_s += UNIT_S * self._pixels + BYTE_S * unit.size
        if self._held_cost_s > CATCH_UP_S:
            self._decode_held(since_s=float("inf"))

    def _peek(self, key: Unit) -> list[Picture]:
        """A key picture alone. A decoder that holds it back for reordering is emptied, and begins with it again."""
        self._release()
        pictures = self._decoder.decode(key)
        if not pictures:
            pictures = self._decoder.rest()
            self._hold(key)
        return pictures

    def _decode(self, unit: Unit) -> list[Picture]:
        if unit.key:
            self._release()
        return self._decode_held(unit.time_s - BEFORE_WAKING_S) + self._decoder.decode(unit)

    def _decode_held(self, since_s: float) -> list[Picture]:
        """Decode what is kept; the pictures since then, for each takes megabytes."""
        held = self._held
        self._release()
        pictures: list[Picture] = []
        for unit in held:
            pictures += [picture for picture in self._decoder.decode(unit) if picture.time_s >= since_s]
        return pictures

    def _release(self) -> None:
        self._held, self._held_cost_s = [], 0.0

    def _compare(self, pictures: list[Picture], waking: Waking) -> None:
        for picture in pictures:
            if picture.time_s == self._key_s:
                self._compare_key(picture, waking)
            elif picture.time_s - self._between.time_s >= COMPARE_EVERY_S:
                waking.saw(picture.time_s, self._between.moved(picture))

    def _compare_key(self, picture: Picture, waking: Waking) -> None:
        """With the key picture before, if that was of this same stillness: a key picture redraws everything, so against
        any other picture it always seems to have changed."""
        same = waking.still_since(self._keys.time_s)
        moved = self._keys.moved(picture)
        if same:
            waking.saw(picture.time_s, moved)
        self._between.begin(picture)

    def _switch(self, at_key: bool) -> None:
        effort = Effort.FULL if self._interest.watched else Effort.LIGHT
        kept = self._gop.units
        if effort is self._effort or not (kept or at_key):
            return
        self._effort, self._decoder = effort, self._camera.decoder(effort)
        self._release()
        if not at_key:
            for unit in kept:
                self._decoder.decode(unit)
