"""How much of the ingest one device may take: far more than an honest one ever does, and no more, however it floods."""

import time
from collections.abc import Callable

import structlog

TELL_S = 10.0
log = structlog.get_logger(__name__)
BURST = 2000.0
PER_S = 500.0


class Shares:
    """A leaking bucket for each device; what does not fit is ignored, and its device, not answered, repeats it.

    An honest device has at most 20 messages unanswered and sends a backlog at 100 a second (`edge.uplink.window`).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}
        self._told_at = float("-inf")

    def admits(self, topic: str) -> bool:
        """Whether the device that a topic names may have one more message read."""
        device_id = topic.split("/", 3)[2] if topic.count("/") > 2 else ""
        now = self._clock()
        level, at = self._levels.get(device_id, (0.0, now))
        level = max(0.0, level - (now - at) * PER_S) + 1.0
        if level > BURST:
            self._tell(device_id, now)
            return False
        self._levels[device_id] = (level, now)
        return True

    def _tell(self, device_id: str, now: float) -> None:
        if now - self._told_at > TELL_S:
            self._told_at = now
            log.warning("a device floods: what is too much is ignored", device_id=device_id[:64])
