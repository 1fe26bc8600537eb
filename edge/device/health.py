"""The machine's own figures from /proc and /sys, None where a machine cannot tell."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge.alerts.outbox import OutboxFigures
from edge.clock import Clock
from edge.wire.messages import CameraHealth, Health

MB = 1024 * 1024
TEMPERATURE = Path("sys/class/thermal/thermal_zone0/temp")
THROTTLED = Path("sys/devices/platform/soc/soc:firmware/get_throttled")
THROTTLED_NOW = 0xF
"""Bits of now (under-voltage, capped, throttled, too hot); the higher ones tell of the past (Raspberry Pi firmware)."""


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Ticks since boot, over all cores (proc(5), /proc/stat)."""

    busy: int
    total: int


class HealthMeter:
    """Figures over the time since the last call; `root` is / but in tests."""

    def __init__(self, state_dir: Path, clock: Clock, root: Path = Path("/")) -> None:
        self._state_dir = state_dir
        self._clock = clock
        self._root = root
        self._started_s = clock.monotonic()
        self._cpu = cpu_times(root)

    def take(self, outbox: OutboxFigures, cameras: Sequence[CameraHealth]) -> Health:
        """The device over the time since the last call."""
        now = self._clock.wall()
        before, self._cpu = self._cpu, cpu_times(self._root)
        return Health(
            at=datetime.fromtimestamp(now, UTC),
            uptime_s=round(self._clock.monotonic() - self._started_s, 3),
            cpu_percent=percent_busy(before, self._cpu),
            memory_mb=memory_mb(self._root),
            outbox_length=outbox.length,
            outbox_oldest_s=max(0.0, round(now - outbox.oldest_at, 3)) if outbox.oldest_at is not None else 0.0,
            disk_free_mb=disk_free_mb(self._state_dir),
            temperature_c=temperature_c(self._root),
            throttled=throttled(self._root),
            pictures_dropped=outbox.pictures_dropped,
            visits_dropped=outbox.visits_dropped,
            trouble=outbox.trouble[:500],
            pictures_shrunk=outbox.pictures_shrunk,
            cameras=tuple(cameras),
        )


def cpu_times(root: Path = Path("/")) -> CpuTimes:
    """The counters of the first line of /proc/stat; idle and iowait are not busy."""
    words = _first_line(root / "proc/stat").split()[1:9]
    ticks = [int(word) for word in words if word.isdigit()]
    idle = sum(ticks[3:5])
    return CpuTimes(sum(ticks) - idle, sum(ticks))


def percent_busy(before: CpuTimes, after: CpuTimes) -> float:
    """Of all cores together, 0-100."""
    total = after.total - before.total
    return round(100 * min(max((after.busy - before.busy) / total, 0.0), 1.0), 1) if total > 0 else 0.0


def memory_mb(root: Path = Path("/")) -> float:
    """Resident memory of this process (proc(5), statm)."""
    words = _first_line(root / "proc/self/statm").split()
    return round(int(words[1]) * os.sysconf("SC_PAGE_SIZE") / MB, 1) if len(words) > 1 else 0.0


def disk_free_mb(folder: Path) -> float:
    """Free for us on the file system of `folder`; 0 when it cannot be told."""
    try:
        return round(shutil.disk_usage(folder).free / MB, 1)
    except OSError:
        return 0.0


def temperature_c(root: Path = Path("/")) -> float | None:
    """Of the processor."""
    line = _first_line(root / TEMPERATURE)
    return int(line) / 1000 if line.lstrip("-").isdigit() else None


def throttled(root: Path = Path("/")) -> bool | None:
    """Whether the firmware holds the processor back now, for want of power or coolness; None on other machines."""
    try:
        return bool(int(_first_line(root / THROTTLED), 16) & THROTTLED_NOW)
    except ValueError:
        return None


def _first_line(path: Path) -> str:
    try:
        with path.open() as file:
            return file.readline().strip()
    except OSError:
        return ""
