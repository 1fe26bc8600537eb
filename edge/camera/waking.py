"""When a camera's units need decoding: an idle scene of an H.264 or H.265 camera shows in the sizes of its units. Pure.

Where nothing changes, an encoder with a variable bit rate spends next to nothing on the pictures between two key
pictures; whoever comes in costs bytes at once. So a quiet camera is left undecoded, its units kept, and woken by the
first ones that are larger than the quiet ones were. What quiet is, is learnt for each camera, and whether sleeping
can be trusted: where a small person would not stand out of the quiet (constant bit rate, night noise) it never
sleeps, and a change that only a key picture shows, after no unit told of it, forbids sleep for a while.
"""

from enum import Enum

from edge.camera.loudness import TELL_S, Heard, Loudness

QUIET_S = 2.0
"""So long nothing may have changed, and nobody been there, before sleeping."""
START_S = 1.0
"""An encoder that has just begun spends more than it will."""
SETTLE_S = 1.0
"""So long after the last change, or a false alarm, the sizes count as quiet."""
PEEK_S = 5.0
"""A key picture is looked at this often even in sleep, if it comes."""
BLOCK_PIXELS = 256
MOVING_SHARE = 0.3
"""A person who moves costs about a tenth of what the same area costs in a key picture; three times that is the least
that quiet may vary by and still be trusted, found on recordings of both kinds of bit rate."""
FORBID_S, FORBID_MOST_S = 60.0, 3600.0


class Need(Enum):
    """What is to be done with a unit."""

    DECODE = "decode"
    KEEP = "keep"
    PEEK = "peek"
    WAKE = "wake"
    """Decode what was kept, then this."""


class Waking:
    """One camera's sleep. `pixels` is its picture's area, `face_px` the height of the smallest face of interest."""

    def __init__(self, pixels: int, face_px: int) -> None:
        self._blocks = max(1.0, pixels / BLOCK_PIXELS)
        self._person_blocks = max(1.0, 2 * face_px * 5 * face_px / BLOCK_PIXELS)
        self._loudness = Loudness()
        self._key_bytes = 0
        self._asleep = False
        self._stirred_s: float | None = None
        self._time_s = self._seen_s = float("-inf")
        self._heard_s = self._peeked_s = self._woken_s = self._forbidden_s = float("-inf")
        self._untold_s: float | None = None
        self._woken_by: Heard | None = None
        self._forbid_s = FORBID_S

    @property
    def asleep(self) -> bool:
        return self._asleep

    def need(self, time_s: float, key: bool, size: int, busy: bool) -> Need:
        """What the next unit needs. `busy`: somebody is there, or every picture is wanted."""
        time_s = self._time_s = max(self._time_s, time_s)
        if self._stirred_s is None:
            self._stirred_s = time_s + START_S
        if busy:
            self._stirred_s = time_s
        if key:
            self._key_bytes = size
            self._loudness.key(time_s)
        else:
            self._loudness.hear(time_s, size)
        if self._asleep:
            return self._need_asleep(time_s, key, busy)
        self._consider_sleep(time_s)
        return Need.DECODE

    def saw(self, time_s: float, moved: bool) -> None:
        """What a decoded picture showed against the one before it."""
        self._seen_s = time_s
        told = time_s - self._heard_s < TELL_S
        if moved and not told and self._still_s(time_s) > QUIET_S and self._loudness.seconds >= QUIET_S:
            self._untold_s = time_s
        if moved:
            self._stirred_s, self._asleep, self._woken_by = time_s, False, None
            self._loudness.doubt()

    def still_since(self, time_s: float) -> bool:
        """Whether nothing has changed since that time."""
        return self._stirred_s is not None and time_s > self._stirred_s

    def _still_s(self, time_s: float) -> float:
        return 0.0 if self._stirred_s is None else time_s - self._stirred_s

    def _consider_sleep(self, time_s: float) -> None:
        if self._loudness.loud:
            self._heard_s, self._untold_s = time_s, None
        elif self._untold_s is not None and time_s - self._untold_s > TELL_S:
            self._untold_s = None
            self._forbidden_s = time_s + self._forbid_s
            self._forbid_s = min(FORBID_MOST_S, 2 * self._forbid_s)
        if self._still_s(time_s) < SETTLE_S:
            return
        if self._woken_by is not None and time_s - self._woken_s > SETTLE_S:
            self._loudness.believe(self._woken_by)
            self._woken_by = None
        self._loudness.learn()
        settled = self._still_s(time_s) > QUIET_S and time_s - self._woken_s > SETTLE_S > time_s - self._seen_s
        self._asleep = settled and time_s > self._forbidden_s and self._trusted

    def _need_asleep(self, time_s: float, key: bool, busy: bool) -> Need:
        if busy or self._loudness.loud or (key and not self._trusted):
            self._asleep = False
            self._heard_s = self._woken_s = time_s
            self._woken_by = self._loudness.now if self._loudness.loud else None
            return Need.WAKE
        self._loudness.learn()
        if key and time_s - self._peeked_s >= PEEK_S:
            self._peeked_s = time_s
            return Need.PEEK
        return Need.KEEP

    @property
    def _trusted(self) -> bool:
        """Whether the smallest person of interest would stand out of the quiet."""
        person = MOVING_SHARE * self._key_bytes / self._blocks * self._person_blocks
        return self._loudness.seconds >= QUIET_S and self._loudness.spread < person
