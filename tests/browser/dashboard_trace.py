"""What a Chromium trace says of a page's main thread."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Event = Mapping[str, Any]
TASKS = {"RunTask", "ThreadControllerImpl::RunTask"}  # as Chromium called them, and as it does


class Task(NamedTuple):
    """One task of the main thread: when it began, how long it took, and how much of that it really computed."""

    at_ms: float
    wall_ms: float
    cpu_ms: float


def main_thread_tasks(events: Iterable[Event]) -> list[Task]:
    """The tasks of the renderer's busiest main thread, in order; events are those of the trace's JSON."""
    events = list(events)
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    found: dict[tuple[int, int], list[Task]] = {}
    for event in events:
        thread = (event["pid"], event["tid"])
        if thread in mains and event.get("name") in TASKS and event.get("ph") == "X":
            found.setdefault(thread, []).append(_task(event))
    return sorted(max(found.values(), key=lambda tasks: sum(task.cpu_ms for task in tasks)))


def busy(tasks: list[Task]) -> float:
    """The part of the time between the first and the last task in which the thread computed."""
    return sum(task.cpu_ms for task in tasks) / max(1.0, tasks[-1].at_ms - tasks[0].at_ms)


def _task(event: Event) -> Task:
    wall_ms = event.get("dur", 0) / 1000
    return Task(event["ts"] / 1000, wall_ms, event.get("tdur", event.get("dur", 0)) / 1000)
