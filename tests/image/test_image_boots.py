"""The whole arm64 image: made somebody by the card tool, booted, enrolled, green on file cameras, then read-only."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from arm64_machine import OUTSIDE, Arm64Machine, sparse_copy
from fleet_place import PROGRAMS, FleetPlace, Shape
from waiting import until

BOOT_S = 3000.0
NAME = "front-door"
GB = 1024**3
SELFTEST = (
    "sudo sh -c 'cd /var/lib/watchpost && exec setpriv --reuid=watchpost --regid=watchpost --init-groups env HOME=/tmp "
    "/opt/watchpost/venv/bin/watchpost-edge selftest --config /etc/watchpost/edge.toml --json'"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("image")


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def hub(folder: Path, stack: ExitStack) -> FleetPlace:
    place = folder / "hub"
    place.mkdir()
    return FleetPlace(place, stack, Shape(seen_as=OUTSIDE, https_from=datetime.now(UTC)))


@pytest.fixture(scope="module")
def machine(folder: Path, stack: ExitStack, hub: FleetPlace) -> Arm64Machine:
    """The image as the card of one device of this hub, not switched on yet."""
    card, key, ca = folder / "card.img", folder / "key", folder / "ca.pem"
    image = Path(os.environ["WATCHPOST_IMAGE"])
    sparse_copy(image, card, image.stat().st_size + 2 * GB)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    ca.write_text(hub.authority.ca_pem)
    token = hub.ask("/api/devices", {"name": NAME}).get_json()["token"]
    words = ["card", "--image", card, "--name", NAME, "--hub", hub.url, "--ca", ca, "--ssh-key", f"{key}.pub"]
    environ = {**os.environ, "WATCHPOST_TOKEN": token}
    done = subprocess.run([PROGRAMS / "watchpost-provision", *words], env=environ, check=True, capture_output=True)
    assert b"is front-door (cloud-init)" in done.stdout
    return Arm64Machine(card, key, stack)


def note(text: str) -> None:
    print(f"\n{text}")


@pytest.mark.timeout(7200)
def test_from_power_to_green(machine: Arm64Machine, hub: FleetPlace, media: Path) -> None:
    began = time.monotonic()
    process = machine.power_on()
    note(f"SSH after {machine.wait_for_ssh(BOOT_S):.0f} s")
    until(lambda: hub.device(NAME)["online"], "the device at its hub", BOOT_S)
    note(f"enrolled and online {time.monotonic() - began:.0f} s after power")
    clip = next((media / "clips").glob("door_visitor*"))
    machine.ssh("sudo install -d /var/cameras && sudo tee /var/cameras/door.mp4 >/dev/null", data=clip.read_bytes())
    hub.ask("/api/cameras", {"name": "Door", "source_url": "file:///var/cameras/door.mp4", "device_id": NAME})
    until(lambda: hub.ask("/api/alerts", method="GET").get_json()["items"], "a visit", BOOT_S)
    note(f"a visit {time.monotonic() - began:.0f} s after power")
    checks = [json.loads(line) for line in machine.ssh(SELFTEST).splitlines()]
    for check in checks:
        note(json.dumps(check))
    assert checks[-1] == {"event": "summary", "ok": True, "red": []}
    log = "sudo cat /boot/firmware/watchpost/log.txt"
    until(lambda: "green: front-door" in machine.ssh(log, check=False), "the card's own word", BOOT_S)
    machine.ssh("sudo systemctl poweroff", check=False)
    process.wait(300)


@pytest.mark.timeout(7200)
def test_the_second_start_is_read_only_and_grown(machine: Arm64Machine, hub: FleetPlace) -> None:
    began = time.monotonic()
    process = machine.power_on()
    until(lambda: hub.device(NAME)["online"] and machine.ssh("true; echo up", check=False), "the device again", BOOT_S)
    note(f"online again {time.monotonic() - began:.0f} s after power")
    assert "Read-only" in machine.ssh("sudo touch /etc/written 2>&1; true")
    assert "Read-only" in machine.ssh("sudo touch /usr/written 2>&1; true")
    machine.ssh("sudo touch /var/written")
    size_mb = int(machine.ssh("df --output=size -BM /var | tail -1").strip().rstrip("M"))
    note(f"/var has {size_mb} MB")
    assert size_mb > 2000
    assert machine.ssh("systemctl is-system-running", check=False).strip() in ("running", "")
    note(machine.ssh("systemctl --failed --no-legend; systemd-analyze; cat /proc/mounts | head -20; df -h"))
    assert machine.on_card("watchpost/token") == ""
    machine.ssh("sudo systemctl poweroff", check=False)
    process.wait(300)
