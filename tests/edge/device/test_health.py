"""The machine's figures from made-up /proc and /sys, and from the real ones."""

from pathlib import Path

import pytest
from moved_clock import MovedClock

from edge.alerts.outbox import OutboxFigures
from edge.device.health import HealthMeter, cpu_times, percent_busy, temperature_c, throttled
from edge.wire.messages import CameraHealth

FIGURES = OutboxFigures(3, 1000, 999_990.0, 2, 1, "disk full")


def write(root: Path, name: str, content: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(content)


def test_the_real_machine(tmp_path: Path) -> None:
    clock = MovedClock()
    meter = HealthMeter(tmp_path, clock)
    clock.move(60)
    health = meter.take(FIGURES, [CameraHealth("1", 10, 0, 5)])
    assert health.uptime_s == 60
    assert health.memory_mb > 1
    assert health.disk_free_mb > 1
    assert 0 <= health.cpu_percent <= 100
    assert (health.outbox_length, health.outbox_oldest_s) == (3, 70)
    assert (health.pictures_dropped, health.visits_dropped, health.trouble) == (2, 1, "disk full")
    assert health.cameras[0].frames == 10


def test_cpu_is_what_is_neither_idle_nor_waiting(tmp_path: Path) -> None:
    write(tmp_path, "proc/stat", "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 2 3\n")
    before = cpu_times(tmp_path)
    write(tmp_path, "proc/stat", "cpu  130 0 120 740 110 0 0 0 50 0\n")
    assert percent_busy(before, cpu_times(tmp_path)) == 50
    assert percent_busy(before, before) == 0


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    health = HealthMeter(tmp_path, MovedClock(), tmp_path / "empty").take(FIGURES, [])
    assert (health.temperature_c, health.throttled, health.cpu_percent, health.memory_mb) == (None, None, 0, 0)


def test_temperature(tmp_path: Path) -> None:
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "51540\n")
    assert temperature_c(tmp_path) == 51.54


@pytest.mark.parametrize(("said", "meant"), [("0", False), ("50000", False), ("50005", True), ("x", None)])
def test_throttled_now_is_not_throttled_once(tmp_path: Path, said: str, meant: bool | None) -> None:
    write(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", f"{said}\n")
    assert throttled(tmp_path) is meant
