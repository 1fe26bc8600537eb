"""The agent's unit stays as hard as it was measured."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "provisioning" / "service" / "watchpost-edge.service"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_exposure() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    if not found:
        pytest.skip(f"this systemd-analyze cannot judge a file: {done.stderr.strip()}")
    assert float(found[1]) <= 2.5


def test_it_watches_the_agent_and_allows_cameras_only() -> None:
    text = UNIT.read_text()
    assert "WatchdogSec=60" in text
    assert "Type=notify" in text
    devices = re.findall(r"^DeviceAllow=(\S+)", text, re.MULTILINE)
    assert devices == ["char-video4linux", "char-media", "char-dma_heap", "/dev/vcio"]
