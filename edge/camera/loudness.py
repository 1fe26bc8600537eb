"""How loud a camera's units are, in bytes, against what they were in quiet times. Pure."""

from collections import deque

WINDOW = 4
MEAN_WINDOW = 8
MEMORY_S = 30
FORGIVEN = 10
"""One loud second in so many of quiet is not learnt from: it costs a false alarm and keeps the limit low."""
LOUD = 1.25
LOUD_BYTES = 48.0
TELL_S = 0.6
"""Sizes tell of a change within this time, or are not to be trusted; the pictures are compared that much later."""
FRESH_S = 1.0
"""For so long after a key picture an encoder still mends what that left rough: a quiet of its own."""

Heard = tuple[float, float]
"""The second largest of the last few sizes (one alone may be an encoder's whim), and the mean of some more."""


class Quiet:
    """The loudest of each second of quiet, for half a minute of it."""

    def __init__(self) -> None:
        self._seconds: deque[Heard] = deque(maxlen=MEMORY_S)
        self._second_s = 0.0
        self._limits: dict[int, Heard] = {}

    def believe(self, time_s: float, heard: Heard) -> None:
        """That was quiet."""
        if not self._seconds or not 0 <= time_s - self._second_s < 1:
            self._second_s = time_s
            self._seconds.append(heard)
            self._limits.clear()
            return
        peak, mean = self._seconds[-1]
        if heard[0] > peak or heard[1] > mean:
            self._seconds[-1] = (max(peak, heard[0]), max(mean, heard[1]))
            self._limits.clear()

    def __len__(self) -> int:
        return len(self._seconds)

    def limits(self, forgiven: int) -> Heard:
        """What quiet hardly ever exceeded, and a little more, so many seconds not counted (a third at most)."""
        if forgiven not in self._limits:
            at = min(forgiven, len(self._seconds) // 3)
            peak, mean = (sorted(heard, reverse=True)[at] for heard in zip(*self._seconds, strict=True))
            self._limits[forgiven] = LOUD * peak + LOUD_BYTES, LOUD * mean + LOUD_BYTES
        return self._limits[forgiven]

    def spread(self, forgiven: int) -> float:
        """Bytes by which a unit must stick out of this quiet to be noticed."""
        means = sorted(mean for _, mean in self._seconds)
        return self.limits(forgiven)[1] - means[len(means) // 2]


class Loudness:
    """The sizes of the units between key pictures."""

    def __init__(self) -> None:
        self._sizes: deque[int] = deque(maxlen=MEAN_WINDOW)
        self._now: Heard = (0.0, 0.0)
        self._fresh, self._later = Quiet(), Quiet()
        self._doubtful: deque[tuple[float, Heard, Quiet]] = deque()
        self._key_s = 0.0
        self._time_s = 0.0

    def key(self, time_s: float) -> None:
        """A key picture came."""
        self._key_s = self._time_s = time_s

    def hear(self, time_s: float, size: int) -> None:
        """The next unit between key pictures, its size in bytes."""
        self._time_s = time_s
        self._sizes.append(size)
        recent = sorted(list(self._sizes)[-WINDOW:])
        if len(recent) == WINDOW:
            self._now = (float(recent[-2]), sum(self._sizes) / len(self._sizes))

    @property
    def now(self) -> Heard:
        return self._now

    @property
    def _quiet(self) -> Quiet:
        return self._fresh if self._time_s - self._key_s < FRESH_S else self._later

    def learn(self) -> None:
        """Now seems quiet; believed once TELL_S have passed without `doubt`."""
        self._doubtful.append((self._time_s, self.now, self._quiet))
        while self._doubtful and self._time_s - self._doubtful[0][0] >= TELL_S:
            time_s, heard, quiet = self._doubtful.popleft()
            quiet.believe(time_s, heard)

    def doubt(self) -> None:
        """It was not quiet lately."""
        self._doubtful.clear()

    def believe(self, heard: Heard) -> None:
        """That was quiet, though it did not seem so."""
        self._quiet.believe(self._time_s, heard)

    @property
    def seconds(self) -> int:
        """How much quiet is remembered."""
        return len(self._fresh) + len(self._later)

    @property
    def loud(self) -> bool:
        """Whether the units now exceed the limits of quiet."""
        quiet = self._quiet if len(self._quiet) else self._fresh
        if not len(quiet):
            return False
        return any(now > limit for now, limit in zip(self.now, quiet.limits(self._forgiven), strict=True))

    @property
    def spread(self) -> float:
        """Bytes by which a unit must stick out to be noticed at any time."""
        known = (quiet for quiet in (self._fresh, self._later) if len(quiet))
        return max((quiet.spread(self._forgiven) for quiet in known), default=float("inf"))

    @property
    def _forgiven(self) -> int:
        return self.seconds // FORGIVEN
