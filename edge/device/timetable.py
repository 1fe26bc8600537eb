"""What a single thread does when: regular work, and news that is passed on at once but not too often."""

from collections.abc import Callable
from dataclasses import dataclass

from edge.clock import Clock

Action = Callable[[], None]
IDLE_S = 3600.0


@dataclass(slots=True)
class Regular:
    """One regular piece of work and when it is next due."""

    action: Action
    interval_s: float
    due_s: float


class Timetable:
    """Owned by one thread, which waits `wait_s` at most and then calls `run_due`."""

    def __init__(self, clock: Clock, news: Action, calm_s: float) -> None:
        self._clock = clock
        self._regular: list[Regular] = []
        self._news = news
        self._calm_s = calm_s
        self._told_s = float("-inf")
        self._has_news = False

    def every(self, interval_s: float, action: Action, first_s: float | None = None) -> None:
        """Do this again and again, first after `first_s` (else after one interval)."""
        due_s = self._clock.monotonic() + (interval_s if first_s is None else first_s)
        self._regular.append(Regular(action, interval_s, due_s))

    def has_news(self) -> None:
        """Pass the news on at once, or, all together, when `calm_s` has gone by since the last time."""
        self._has_news = True

    def wait_s(self) -> float:
        """How long nothing is due."""
        due = [regular.due_s for regular in self._regular]
        if self._has_news:
            due.append(self._told_s + self._calm_s)
        return max(0.0, min(due) - self._clock.monotonic()) if due else IDLE_S

    def run_due(self) -> None:
        """Do what is due."""
        now_s = self._clock.monotonic()
        for regular in self._regular:
            if regular.due_s <= now_s:
                regular.due_s = now_s + regular.interval_s
                regular.action()
        if self._has_news and now_s >= self._told_s + self._calm_s:
            self._has_news, self._told_s = False, now_s
            self._news()
