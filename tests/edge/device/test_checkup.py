"""The self-test of a running agent: cameras are asked, not opened, and every part is told to the hub."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from moved_clock import MovedClock

from edge.config import Config, DeviceConfig
from edge.device.checkup import DETAIL, check_running, checkup, red_parts
from edge.device.selftest import Red
from edge.wire.codec import JSON_LIMIT, decode_json, encode_json
from edge.wire.messages import CameraReported, CameraState, Checked, Selftest

AT = datetime(2025, 3, 9, tzinfo=UTC)


def camera(number: int, state: CameraState, reason: str = "") -> CameraReported:
    return CameraReported(str(number), state, AT, reason, width=1280, height=720, codec="h264")


def test_every_part_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHPOST_MODELS_DIR", str(tmp_path / "nothing"))
    config = Config(DeviceConfig("Door", tmp_path))
    cameras = [camera(7, CameraState.ONLINE), camera(8, CameraState.OFFLINE, "wrong password")]
    result = checkup(config, MovedClock(), lambda: cameras)
    assert [check.part for check in result.checks] == [
        "power", "clock", "disk", "models", "outbox", "camera 7", "camera 8",
    ]  # fmt: skip
    assert Checked("camera 7", True, "h264 1280x720") in result.checks
    assert Checked("camera 8", False, "wrong password") in result.checks
    assert set(red_parts(result)) >= {"models", "camera 8"}
    assert decode_json(Selftest, encode_json(result)) == result


def test_what_is_switched_off_is_no_fault_and_what_starts_is_not_there_yet() -> None:
    assert check_running(camera(1, CameraState.DISABLED)) == "disabled"
    with pytest.raises(Red, match="starting"):
        check_running(camera(1, CameraState.STARTING))


def test_the_longest_result_fits_into_a_message() -> None:
    checks = tuple(Checked(f"camera {number:064}", False, "\u00fc" * DETAIL) for number in range(140))
    assert len(encode_json(Selftest(AT, checks))) < JSON_LIMIT
