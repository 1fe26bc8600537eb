"""What a soak has shown: percentiles of latencies, and for each program its memory's slope, descriptors and threads."""

from collections.abc import Sequence
from typing import Any

from chaos.plotting import WIDTH, line_of, text

WARM_SHARE = 0.25
HEIGHT, ROW = 60, 76
SHOWN = (50, 95, 99)
WAYS = (
    ("devices", "latencies", "a device's sending to the hub's own ack"),
    ("dashboards", "latencies", "the hub's receiving to a dashboard"),
    ("viewers", "latencies", "a viewer's asking to the first picture"),
    ("viewers", "leases", "renewing a lease"),
)
HEAD_LATENCIES = ("", "| from … to | messages | p50 ms | p95 | p99 |", "|---|---|---|---|---|")
HEAD_PROGRAMS = (
    "",
    "| program | MB in the middle | MB an hour | descriptors first, last | threads first, last | CPU s |",
    "|---|---|---|---|---|---|",
)


def table(result: dict[str, Any]) -> str:
    """Markdown."""
    lines = [f"load {result['load']}, {result['duration_s']} s, {result['faults']} faults of cameras", *HEAD_LATENCIES]
    for name, key, title in WAYS:
        found = [each for told, some in result["told"].items() if told.startswith(name) for each in some[1:]]
        latencies = sorted(value for each in found for value in each[key])
        cells = " | ".join(f"{percentile(latencies, share):.0f}" for share in SHOWN)
        lines.append(f"| {title} | {len(latencies)} | {cells} |")
    lines += ["", *_crowds(result["told"])]
    return "\n".join([*lines, *HEAD_PROGRAMS, *(_program(*item) for item in sorted(result["samples"].items()))])


def _crowds(told: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What was there besides, a line for each kind of crowd."""
    senders = [lines for name, lines in told.items() if name.startswith("devices") and lines]
    lines = [f"devices: {sum(each[-1]['waiting'] for each in senders)} messages unanswered at the end"]
    if feeds := told.get("dashboards"):
        last, megabytes = feeds[-1], sum(each["bytes"] for each in feeds) / 1e6
        lines.append(f"dashboards: {last['open']} open at the end, opened {last['opened']} times, {megabytes:.0f} MB")
    if seats := told.get("viewers"):
        showing, pictures = sorted(each["showing"] for each in seats[1:]), sum(each["pictures"] for each in seats)
        lines.append(
            f"viewers: {percentile(showing, 50):.0f} showing at half of the times, {percentile(showing, 5):.0f} at "
            f"one in twenty; {pictures} pictures in all"
        )
    return lines


def _program(name: str, samples: list[dict[str, float]]) -> str:
    warm = samples[int(len(samples) * WARM_SHARE) :]
    middle = sorted(each["pss_mb"] for each in warm)[len(warm) // 2]
    slope = slope_per_hour([each["at_s"] for each in warm], [each["pss_mb"] for each in warm])
    first, last = warm[0], warm[-1]
    pairs = " | ".join(f"{first[what]:.0f}, {last[what]:.0f}" for what in ("fds", "threads"))
    return f"| {name} | {middle:.1f} | {slope:+.1f} | {pairs} | {last['cpu_s'] - samples[0]['cpu_s']:.0f} |"


def percentile(values: Sequence[float], share: int) -> float:
    """The value below which `share` percent lie; of sorted values, 0 of none."""
    return values[min(len(values) - 1, len(values) * share // 100)] if values else 0.0


def slope_per_hour(times: Sequence[float], values: Sequence[float]) -> float:
    """Least squares, per 3600 s; 0 of fewer than two points."""
    count = len(times)
    mean_time, mean_value = sum(times) / count, sum(values) / count
    spread = sum((at - mean_time) ** 2 for at in times)
    if not spread:
        return 0.0
    return 3600 * sum((at - mean_time) * (value - mean_value) for at, value in zip(times, values, strict=True)) / spread


def plot(result: dict[str, Any]) -> str:
    """Memory of each program over time, a strip for each, from zero."""
    names = sorted(result["samples"])
    shapes = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{ROW * len(names) + 10}">']
    for row, name in enumerate(names):
        samples = result["samples"][name]
        values = [each["pss_mb"] for each in samples]
        bottom = ROW * row + HEIGHT + 8
        shapes.append(text(4, bottom - 24, name) + text(4, bottom - 10, f"{values[-1]:.0f} MB"))
        shapes.append(line_of([each["at_s"] for each in samples], values, bottom, HEIGHT))
    return "\n".join([*shapes, "</svg>\n"])
