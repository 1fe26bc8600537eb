"""What a run has shown: a few lines for people."""

from collections import Counter
from typing import Any

ACCOUNTS = ("lost", "doubled", "damaged", "wrong", "invented", "untold", "told_twice")


def summary(result: dict[str, Any]) -> str:
    """The table of one run."""
    reckoning = result["reckoning"]
    kinds = Counter(f"{fault['kind']} {_class(fault['target'])}" for fault in result["faults"])
    lines = [
        f"seed {result['seed']}: {len(result['faults'])} faults, {reckoning['visits']} visits kept by their devices, "
        f"{'all promises held' if result['sound'] else 'PROMISES BROKEN'}; "
        f"queues empty {result['drained_s']} s after the last fault",
        "  " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())),
        "  " + ", ".join(f"{name.replace('_', ' ')} {len(reckoning[name])}" for name in ACCOUNTS),
    ]
    for name in ACCOUNTS:
        lines += [f"    {name}: {item}" for item in reckoning[name][:10]]
    return "\n".join(lines)


def plot(result: dict[str, Any]) -> str:
    return ""


def _class(target: str) -> str:
    return "device" if target.startswith("device-") else target
