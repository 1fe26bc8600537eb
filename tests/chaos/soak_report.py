"""What a soak has shown: percentiles of latencies, and for each program its memory's slope, descriptors and threads."""

from collections.abc import Sequence
from typing import Any

from chaos.plotting import WIDTH, line_of, text

WARM_SHARE = 0.25
HEIGHT, ROW = 60, 76
SHOWN = (50, 95, 99)
WAYS = {
    "devices": "a device's sending to the hub's own ack",
    "dashboards": "the hub's receiving to each dashboard",
    "viewers": "renewing a lease",
}
HEAD_LATENCIES = ("", "| from … to | messages | p50 ms | p95 | p99 |", "|---|---|---|---|---|")
HEAD_PROGRAMS = (
    "",
    "| program | MB in the middle | MB an hour | descriptors first, last | threads first, last | CPU s |",
    "|---|---|---|---|---|---|",
)


def table(result: dict[str, Any]) -> str:
    """Markdown."""
    lines = [f"load {result['load']}, {result['duration_s']} s", *HEAD_LATENCIES]
    for name, title in WAYS.items():
        found = [each for told, some in result["told"].items() if told.startswith(name) for each in some[1:]]
        latencies = sorted(value for each in found for value in each["latencies"])
        cells = " | ".join(f"{percentile(latencies, share):.0f}" for share in SHOWN)
        lines.append(f"| {title} | {len(latencies)} | {cells} |")
    return "\n".join([*lines, *HEAD_PROGRAMS, *(_program(*item) for item in sorted(result["samples"].items()))])


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
