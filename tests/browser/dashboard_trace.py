"""What a Chromium trace says of a page's main thread."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

Event = Mapping[str, Any]
TASKS = {"RunTask", "ThreadControllerImpl::RunTask"}  # as Chromium called them, and as it does


class Task(NamedTuple):
    """One task of the main thread: when it began, how long it took, and how much of that it really computed.

    `parts` says how much each kind of step computed itself, by Chromium's names: Layout, Paint, FunctionCall and so on.
    """

    at_ms: float
    wall_ms: float
    cpu_ms: float
    parts: Counter[str]


def main_thread_tasks(events: Iterable[Event]) -> list[Task]:
    """The tasks of the renderer's busiest main thread, in order; events are those of the trace's JSON."""
    events = list(events)
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    steps: dict[tuple[int, int], list[Event]] = {}
    for event in events:
        thread = (event["pid"], event["tid"])
        if thread in mains and event.get("ph") == "X":
            steps.setdefault(thread, []).append(event)
    return max((_tasks(found) for found in steps.values()), key=lambda tasks: sum(task.cpu_ms for task in tasks))


def _tasks(steps: list[Event]) -> list[Task]:
    """The tasks of one thread, each with what was computed inside it: steps lie inside one another or apart."""
    found: list[Task] = []
    open_until: list[tuple[float, str]] = []
    for step in sorted(steps, key=lambda step: (step["ts"], -step.get("dur", 0))):
        while open_until and open_until[-1][0] <= step["ts"]:
            open_until.pop()
        if not open_until and step["name"] in TASKS:
            found.append(_task(step))
        if found:
            _count(found[-1].parts, step, open_until[-1][1] if open_until else "")
        open_until.append((step["ts"] + step.get("dur", 0), step["name"]))
    return found


def _count(parts: Counter[str], step: Event, around: str) -> None:
    """Computing belongs to the innermost step."""
    parts[step["name"]] += _cpu_ms(step)
    parts[around] -= _cpu_ms(step)


def busy(tasks: list[Task]) -> float:
    """The part of the time between the first and the last task in which the thread computed."""
    return sum(task.cpu_ms for task in tasks) / max(1.0, tasks[-1].at_ms - tasks[0].at_ms)


def _task(event: Event) -> Task:
    return Task(event["ts"] / 1000, event.get("dur", 0) / 1000, _cpu_ms(event), Counter())


def _cpu_ms(event: Event) -> float:
    return float(event.get("tdur", event.get("dur", 0))) / 1000
