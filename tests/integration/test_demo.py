"""The demo as its users meet it: up, seen from outside, stopped, started again, beside another, and refused."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from demo_process import RunningDemo, running_demo, start_demo
from ports import free_port
from waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

HUB = Path(sys.executable).with_name("watchpost-hub")


def test_a_visitor_becomes_one_alert(tmp_path: Path, media: Path) -> None:
    """A clip with two visitors: an alert within ten seconds of the face, with a box in its snapshot; then the other."""
    clip = media / "clips" / "composed_two_visitors_480p.mp4"
    with running_demo(tmp_path / "data", "--source", str(clip)) as demo:
        first = wait_for_alerts(demo, 1, 15)[0]
        assert first["delayed_s"] < 10
        picture = cv2.imdecode(np.frombuffer(demo.fetch("GET", first["snapshot_url"]), np.uint8), cv2.IMREAD_COLOR)
        x, y, w, h = first["box"]
        assert 0 <= x < x + w <= picture.shape[1]
        assert 0 <= y < y + h <= picture.shape[0]
        both = wait_for_alerts(demo, 2, 20)
        assert both[0]["opened_at"] > both[1]["opened_at"]
        assert len({alert["id"] for alert in both}) == 2


def test_nobody_is_no_alert_and_whom_nobody_watches_is_not_encoded(tmp_path: Path, media: Path) -> None:
    """Traffic without a face gives no alert while the clip runs twice; a page that went ends the stream after 15 s."""
    with running_demo(tmp_path / "data", "--source", str(media / "clips" / "no_faces_traffic_432p.mp4")) as demo:
        (camera,) = demo.call("GET", "/api/cameras")["items"]
        assert camera["stream"]["published"] is None
        lease_s = demo.call("POST", f"/api/cameras/{camera['id']}/stream/watch")["lease_s"]
        seen = published_meanwhile(demo, camera["id"], 27)
        begun = next(at for at, on_air in seen if on_air)
        ended = next(at for at, on_air in seen if at > begun and not on_air)
        assert begun < 10
        assert lease_s < ended
        assert not seen[-1][1]
        assert demo.alerts() == []


def published_meanwhile(demo: RunningDemo, camera_id: int, for_s: float) -> list[tuple[float, bool]]:
    """Whether the media server has the stream, every half second, with the seconds since the beginning."""
    began, seen = time.monotonic(), []
    while (at := time.monotonic() - began) < for_s:
        published = demo.call("GET", f"/api/cameras/{camera_id}")["stream"]["published"]
        seen.append((at, published is not None))
        time.sleep(0.5)
    return seen


def test_a_second_start_finds_everything(tmp_path: Path) -> None:
    """Accounts, cameras and alerts stay; after each stop no process of it is left."""
    with running_demo(tmp_path / "data") as demo:
        alerts = wait_for_alerts(demo, 1, 40)
        cameras = demo.call("GET", "/api/cameras")["items"]
        ours = processes_of(tmp_path)
        assert len(ours) > 5
        assert listening_beyond_loopback(ours) == []
        assert demo.stop(signal.SIGINT) < 5
        assert demo.process.returncode == 0
        assert processes_of(tmp_path) == {}
    with running_demo(tmp_path / "data") as again:
        assert again.ready["password"] == demo.ready["password"]
        kept = again.call("GET", "/api/cameras")["items"]
        assert [c["id"] for c in kept] == [c["id"] for c in cameras]
        assert {a["id"] for a in alerts} <= {a["id"] for a in again.alerts()}
        assert again.stop() < 5


def test_two_side_by_side(tmp_path: Path, scenes: Path) -> None:
    """Each has its own data, its own password and its own ports; without mosquitto the embedded broker serves."""
    without = {"PATH": path_without("mosquitto", tmp_path)}
    with (
        running_demo(tmp_path / "one", scenes=scenes) as one,
        running_demo(tmp_path / "two", environ=without, scenes=scenes) as two,
    ):
        assert one.ready["password"] != two.ready["password"]
        assert len({demo.ready["mqtt_url"] for demo in (one, two)}) == 2
        for demo in (one, two):
            wait_for_alerts(demo, 1, 50)
        assert any("mosquitto" in line for line in processes_of(tmp_path / "one").values())
        assert not any("mosquitto" in line for line in processes_of(tmp_path / "two").values())


def test_the_demo_does_not_outlive_a_kill(tmp_path: Path, scenes: Path) -> None:
    """kill -9 of the demo itself: its children end on their own, and the next start is a good one."""
    demo = start_demo(tmp_path / "data", scenes=scenes)
    demo.stop(signal.SIGKILL)
    until(lambda: not processes_of(tmp_path), "the end of its children", pause_s=0.1)
    with running_demo(tmp_path / "data") as again:
        assert len(again.call("GET", "/api/cameras")["items"]) == 2


def test_whatever_is_killed_comes_back_and_no_alert_is_lost(tmp_path: Path, scenes: Path) -> None:
    """kill -9 of the database, then of everything else that the demo runs."""
    with running_demo(tmp_path / "data", scenes=scenes) as demo:
        before = wait_for_alerts(demo, 1, 50)
        kill(int((tmp_path / "data/postgres/cluster/postmaster.pid").read_text().split("\n", 1)[0]))
        back = newer_alert(demo, before)
        names = ("serve", " ingest", " jobs", "mosquitto ", " relay", "mediamtx", "watchpost-edge run")
        for pid, line in processes_of(tmp_path).items():
            if any(name in line for name in names):
                kill(pid)
        newer_alert(demo, back)
        kept = {alert["id"] for alert in demo.alerts()}
        assert {alert["id"] for alert in before + back} <= kept


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it went with its parent
        os.kill(pid, signal.SIGKILL)


def newer_alert(demo: RunningDemo, before: list[dict[str, object]], within_s: float = 60) -> list[dict[str, object]]:
    """The alerts, once there is one that is not among those before; meanwhile the hub may be away."""
    known, end = {alert["id"] for alert in before}, time.monotonic() + within_s
    while time.monotonic() < end:
        with suppress(OSError):
            found = demo.alerts()
            if {alert["id"] for alert in found} - known:
                return found
        time.sleep(0.3)
    raise AssertionError(f"no new alert in {within_s} s")


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "port" in refused(tmp_path, "--port", str(taken.getsockname()[1]))


@pytest.mark.parametrize("source", ["missing.mp4", "gopher://host/door", "file:///nowhere.mp4"])
def test_a_wrong_source_is_one_line(tmp_path: Path, source: str) -> None:
    assert source in refused(tmp_path, "--source", source)
    assert not (tmp_path / "data").exists()


def refused(tmp_path: Path, *arguments: str) -> str:
    """The one line of a demo that does not start."""
    command = [str(HUB), "demo", "--no-browser", "--data-dir", str(tmp_path / "data"), "--port", str(free_port())]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def wait_for_alerts(demo: RunningDemo, count: int, within_s: float) -> list[dict[str, object]]:
    until(lambda: len(demo.alerts()) >= count, f"{count} alerts", within_s, 0.3)
    return demo.alerts()


def processes_of(folder: Path) -> dict[int, str]:
    """Command lines, or working directories, that name a folder."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(folder) in line + (entry / "environ").read_bytes().decode(errors="replace"):
                    found[int(entry.name)] = line
            except OSError:
                continue
    return found


def listening_beyond_loopback(processes: dict[int, str]) -> list[str]:
    """Addresses other than 127.0.0.1 and ::1 on which one of the processes listens (proc_net_tcp(5))."""
    inodes = set()
    for pid in processes:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                inodes.add(str(link.readlink()))
            except OSError:
                continue
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            address = words[1].partition(":")[0]
            loopback = ("0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F")
            if words[3] == "0A" and f"socket:[{words[9]}]" in inodes and address not in loopback:
                found.append(words[1])
    return found


def path_without(name: str, folder: Path) -> str:
    """A PATH of links to everything but one program."""
    places = [*os.environ["PATH"].split(":"), "/usr/sbin", "/usr/local/sbin"]
    target = folder / "bin"
    target.mkdir()
    for place in dict.fromkeys(places):
        for program in Path(place).glob("*"):
            if program.name != name and not (target / program.name).is_symlink():
                (target / program.name).symlink_to(program)
    assert shutil.which(name, path=str(target)) is None
    return str(target)
