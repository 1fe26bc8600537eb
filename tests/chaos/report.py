"""What a run has shown: a few lines for people, and a plot of faults and visits over time."""

from collections import Counter
from html import escape
from typing import Any

from chaos.plotting import LEFT, RIGHT, WIDTH, across, text

ACCOUNTS = ("lost", "doubled", "damaged", "wrong", "invented", "untold", "told_twice")
ROW, BINS, BARS = 13, 120, 120
STYLE = (
    "text{font:10px sans-serif;fill:#444}.fault{fill:#c0392b;fill-opacity:.75}.made{fill:#7f8c8d;fill-opacity:.45}"
    ".received{fill:none;stroke:#2471a3;stroke-width:1.5}.backup{stroke:#1e8449;stroke-dasharray:3 2}"
)


def summary(result: dict[str, Any]) -> str:
    """The accounts of one run."""
    reckoning = result["reckoning"]
    kinds = Counter(f"{fault['kind']} {_class(fault['target'])}" for fault in result["faults"])
    lines = [
        f"seed {result['seed']}: {len(result['faults'])} faults, {reckoning['visits']} visits kept by their devices, "
        f"{'all promises held' if result['sound'] else 'PROMISES BROKEN'}; "
        f"queues empty {result['drained_s']} s after the last fault",
        "  " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())),
        "  " + ", ".join(f"{name.replace('_', ' ')} {len(reckoning[name])}" for name in ACCOUNTS),
    ]
    lines.append(f"  given up by devices, counted and named: {len(reckoning['given_up'])}")
    for name in (*ACCOUNTS, "given_up"):
        lines += [f"    {name}: {item}" for item in reckoning[name][:10]]
    return "\n".join(lines)


def plot(result: dict[str, Any]) -> str:
    """Faults as bars, a row for each target; below them visits made on devices and visits stored by the hub."""
    end_s = max(result["quiet_at"] + result["drained_s"], 1.0)
    targets = sorted({fault["target"] for fault in result["faults"]})
    height = ROW * len(targets) + BARS + 40
    shapes = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"><style>{STYLE}</style>']
    shapes += [text(4, ROW * row + 10, target) for row, target in enumerate(targets)]
    for fault in result["faults"]:
        x, until = across(fault["began_s"], end_s), across(fault["ended_s"], end_s)
        title = escape(f"{fault['kind']} {fault['target']} at {fault['began_s']:.0f} s")
        y = ROW * targets.index(fault["target"]) + 2
        bar = f'<rect class="fault" x="{x:.1f}" y="{y}" width="{max(until - x, 2):.1f}" height="{ROW - 3}">'
        shapes.append(f"{bar}<title>{title}</title></rect>")
    bottom = ROW * len(targets) + BARS + 10
    for backup in result["backups"]:
        shapes.append(f'<path class="backup" d="M{across(backup, end_s):.1f} 0V{bottom}"/>')
    shapes += _visits(result, end_s, bottom)
    shapes.append(text(LEFT, bottom + 14, "0 s") + text(WIDTH - 50, bottom + 14, f"{end_s:.0f} s"))
    shapes.append(text(4, bottom - BARS + 14, "visits made (grey)") + text(4, bottom - BARS + 28, "and stored (blue)"))
    shapes.append(text(4, bottom - BARS + 42, "backup (green)"))
    return "\n".join([*shapes, "</svg>\n"])


def _visits(result: dict[str, Any], end_s: float, bottom: float) -> list[str]:
    made, received = (_binned(result[name], end_s) for name in ("made", "received"))
    most = max([*made, *received, 1])
    step = (WIDTH - LEFT - RIGHT) / BINS
    bars = [
        f'<rect class="made" x="{LEFT + step * at:.1f}" y="{bottom - BARS * count / most:.1f}" width="{step:.1f}" '
        f'height="{BARS * count / most:.1f}"/>'
        for at, count in enumerate(made)
    ]
    points = " ".join(f"{LEFT + step * (at + 0.5):.1f},{bottom - BARS * n / most:.1f}" for at, n in enumerate(received))
    return [*bars, f'<polyline class="received" points="{points}"/>']


def _binned(times: list[float], end_s: float) -> list[int]:
    counts = Counter(min(BINS - 1, max(0, int(at / end_s * BINS))) for at in times)
    return [counts[number] for number in range(BINS)]


def _class(target: str) -> str:
    return "device" if target.startswith("device-") else target
