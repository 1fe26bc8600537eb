"""Where the faces of the last look are expected until the next one: a value that any thread may ask. Pure."""

from dataclasses import dataclass
from math import exp

from edge.values import Box, Point

VELOCITY_MEMORY_S = 1.2
"""An unseen face is expected to slow down: people stop behind what hides them."""

FULL_SPEED_S = 0.35
"""For showing: an overlaid box leaves before the look at its own picture, ahead of the last by an interval and more."""


@dataclass(frozen=True, slots=True)
class Course:
    """One face as last seen and how it moves: `velocity` in pixels per second, of its centre."""

    box: Box
    velocity: Point
    seen_s: float

    def travelled(self, time_s: float) -> Point:
        """How far it has moved since it was seen: full speed at first, dying away with VELOCITY_MEMORY_S."""
        elapsed = time_s - self.seen_s
        lasting = VELOCITY_MEMORY_S * (1 - exp(-elapsed / VELOCITY_MEMORY_S)) if elapsed > 0 else elapsed
        return self.velocity[0] * lasting, self.velocity[1] * lasting

    def at(self, time_s: float) -> Box:
        """Where to show the face at that time: it goes on as it went until the next look is over, then it waits."""
        lasting = min(FULL_SPEED_S, time_s - self.seen_s)
        x, y = (speed * lasting for speed in self.velocity)
        return Box(self.box.x + x, self.box.y + y, self.box.w, self.box.h)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The faces worth showing, each until some time, in pixels of a picture of `size` (width, height)."""

    size: tuple[int, int] = (0, 0)
    courses: tuple[tuple[Course, float], ...] = ()

    def at(self, time_s: float) -> tuple[Box, ...]:
        """The boxes to show at that time: whose centre is still in the picture."""
        boxes = (course.at(time_s) for course, until_s in self.courses if time_s <= until_s)
        return tuple(box for box in boxes if self._holds(box))

    def _holds(self, box: Box) -> bool:
        return 0 <= box.x + box.w / 2 <= self.size[0] and 0 <= box.y + box.h / 2 <= self.size[1]
