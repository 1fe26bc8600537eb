"""The main loop with whole fakes around it: desired states, commands, reports, endings."""

import os
import socket
import threading
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from fake_pipeline import FakePipelines
from moved_clock import MovedClock
from visit_reports import closing, opening

from edge.alerts.outbox import Outbox
from edge.clock import Clock, SystemClock
from edge.device import systemd
from edge.device.desired_file import DesiredFile
from edge.device.events import Events
from edge.device.health import HealthMeter
from edge.device.orders import Orders
from edge.device.pipelines import Pipelines
from edge.device.probing import Probed
from edge.device.reconciler import Ending, Parts, Reconciler, snapshot_of
from edge.device.systemd import ServiceManager
from edge.errors import CameraError
from edge.wire.codec import decode
from edge.wire.messages import (
    Action,
    Answer,
    CameraDesired,
    CameraState,
    Command,
    Committed,
    Desired,
    Health,
    Reported,
    StreamState,
    Visit,
)

DOOR = CameraDesired("1", "Door", "rtsp://user:secret@door")
YARD = CameraDesired("2", "Yard", "rtsp://yard")
NOTHING = Desired(0)


class FakeLine:
    """Keeps what is said, in order."""

    def __init__(self) -> None:
        self.history: list[str] = []
        self.reports: list[Reported] = []
        self.sent: list[Answer | Health] = []

    def start(self) -> None:
        self.history.append("start")

    def wake(self) -> None:
        self.history.append("wake")

    def stop(self) -> None:
        self.history.append("stop")

    def report(self, reported: Reported) -> None:
        self.reports.append(reported)

    def send(self, message: Answer | Health) -> None:
        self.sent.append(message)


class Device:
    """A reconciler whose loop runs until the events handed in are used up."""

    def __init__(self, folder: Path, fallback: Desired = NOTHING, clock: Clock | None = None) -> None:
        self.folder = folder
        self.clock = clock or SystemClock()
        self.fallback = fallback
        self.line = FakeLine()
        self.made = FakePipelines()
        self.manager = ServiceManager({})

    def probe(self, url: str) -> Probed:
        raise CameraError(f"nobody answers at {url}")

    def run(self, *events: Desired | Command) -> Ending:
        tray = Events()
        for event in events:
            tray.put(event)
        tray.stop()
        pipelines = Pipelines(self.made)
        self.outbox = Outbox(self.folder / "outbox.db", 10**8, self.clock)
        orders = Orders(lambda camera: snapshot_of(pipelines, camera), self.probe, list, self.line.send)
        parts = Parts(
            self.outbox, self.line, orders, pipelines, DesiredFile(self.folder),
            HealthMeter(self.folder, self.clock), self.manager,
        )  # fmt: skip
        return Reconciler(parts, tray, self.fallback, "0.1.0", self.clock).run()


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_desired_cameras_run_are_reported_and_stopped(device: Device) -> None:
    assert device.run(Desired(3, (DOOR, YARD))) is Ending.STOPPED
    assert [pipeline.history for pipeline in device.made.made] == [["start", "stop"], ["start", "stop"]]
    assert device.line.history == ["start", "stop"]
    assert device.line.reports[0].revision == 3
    assert [camera.id for camera in device.line.reports[0].cameras] == ["1", "2"]


def test_the_next_start_needs_no_hub(device: Device) -> None:
    device.run(Desired(3, (replace(DOOR, wanted=True),)))
    again = Device(device.folder)
    again.run()
    assert again.made.made[0].camera == DOOR
    assert again.line.reports[0].revision == 3
    assert [camera.state for camera in again.line.reports[0].cameras] == [CameraState.ONLINE]


def test_the_file_with_the_cameras_passwords_is_for_its_owner(device: Device) -> None:
    device.run(Desired(3, (DOOR,)))
    assert (device.folder / "desired.cbor").stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_no_reason_not_to_start(device: Device) -> None:
    (device.folder / "desired.cbor").write_bytes(b"\xff")
    assert device.run() is Ending.STOPPED


def test_a_hub_back_from_a_backup_is_offered_what_it_had(device: Device) -> None:
    outbox, report = Outbox(device.folder / "outbox.db", 10**8, device.clock), closing()
    outbox.delete([Committed(report.visit_id, outbox.put(report))])
    recalled = Desired(1, (), uuid4())
    device.run(recalled)
    assert Outbox(device.folder / "outbox.db", 10**8, device.clock).figures().length == 1
    assert device.line.history == ["start", "wake", "stop"]


def test_an_older_revision_changes_nothing(device: Device) -> None:
    device.run(Desired(3, (DOOR,)), Desired(2, (YARD,)))
    assert [pipeline.camera.id for pipeline in device.made.made] == ["1"]


def test_static_cameras_run_until_the_hub_speaks(tmp_path: Path) -> None:
    device = Device(tmp_path, Desired(0, (YARD,)))
    device.run(Desired(1, (DOOR,)))
    assert [(p.camera.id, p.history) for p in device.made.made] == [("2", ["start", "stop"]), ("1", ["start", "stop"])]


def test_watching_restarts_nothing_and_is_reported(device: Device) -> None:
    device.run(Desired(1, (DOOR,)), Desired(2, (replace(DOOR, wanted=True),)))
    (pipeline,) = device.made.made
    assert pipeline.history == ["start", "wanted True", "stop"]
    assert pipeline.state.stream is StreamState.LIVE


def test_visits_left_open_by_the_last_run_are_closed(device: Device) -> None:
    clock = MovedClock()
    Outbox(device.folder / "outbox.db", 10**8, clock).put(opening(at=clock.wall()))
    device.run()
    outbox = Outbox(device.folder / "outbox.db", 10**8, clock)
    (sequence,) = outbox.closings(0, 10)
    assert decode(Visit, outbox.payload(sequence) or b"").closed_at is not None


def test_restart_of_one_camera_and_of_the_program(device: Device) -> None:
    one, unknown = Command(uuid4(), Action.RESTART, "1"), Command(uuid4(), Action.RESTART, "9")
    whole = Command(uuid4(), Action.RESTART)
    assert device.run(Desired(1, (DOOR,)), one, unknown, whole) is Ending.RESTART
    assert len(device.made.made) == 2
    answers = [message for message in device.line.sent if isinstance(message, Answer)]
    assert answers == [
        Answer(one.command_id),
        Answer(unknown.command_id, error="there is no camera 9 here"),
        Answer(whole.command_id),
    ]


def test_all_is_stopped_whatever_happens(device: Device) -> None:
    class Broken(FakeLine):
        def report(self, reported: Reported) -> None:
            raise RuntimeError("unexpected")

    device.line = Broken()
    with pytest.raises(RuntimeError):
        device.run(Desired(1, (DOOR,)))
    assert device.line.history == ["start", "stop"]


def test_snapshot_and_probe_are_answered(device: Device) -> None:
    pipelines = Pipelines(device.made)
    pipelines.apply([DOOR])
    orders = Orders(lambda camera: snapshot_of(pipelines, camera), device.probe, lambda: ["disk"], device.line.send)
    snapshot, stranger = Command(uuid4(), Action.SNAPSHOT, "1"), Command(uuid4(), Action.SNAPSHOT, "9")
    probe = Command(uuid4(), Action.PROBE, url="rtsp://x")
    assert orders.done(snapshot).error == "the camera has given no picture yet"
    device.made.made[0].picture = b"jpeg"
    assert orders.done(snapshot) == Answer(snapshot.command_id, picture=b"jpeg")
    assert orders.done(stranger).error == "there is no camera 9 here"
    assert orders.done(probe).error == "nobody answers at rtsp://x"
    assert orders.done(Command(uuid4(), Action.SELFTEST)).details == {"red": "disk"}


def test_a_self_test_is_done_without_being_asked_and_not_answered(device: Device) -> None:
    looked = threading.Event()

    def look() -> list[str]:
        looked.set()
        return []

    orders = Orders(lambda camera: b"", device.probe, look, device.line.send)
    orders.start()
    orders.look_at_self()
    assert looked.wait(5)
    orders.stop()
    assert device.line.sent == []


def test_too_many_orders_are_refused(device: Device) -> None:
    orders = Orders(lambda camera: b"", device.probe, list, device.line.send)
    for _ in range(9):
        orders.take(Command(uuid4(), Action.SNAPSHOT, "1"))
    (refused,) = device.line.sent
    assert isinstance(refused, Answer)
    assert refused.error == "too many commands at once"


def test_orders_are_done_on_their_thread(device: Device) -> None:
    answered = threading.Event()
    orders = Orders(lambda camera: b"x", device.probe, list, lambda answer: answered.set())
    orders.start()
    orders.take(Command(uuid4(), Action.SNAPSHOT, "1"))
    assert answered.wait(5)
    orders.stop()


def test_the_service_manager_hears_ready_and_stopping(device: Device) -> None:
    address = str(device.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(address)
        server.settimeout(5)
        device.manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "4000000"})
        assert device.manager.watchdog_s == 2
        device.run(Desired(1, (DOOR,)))
        device.manager.alive()
        heard = [server.recv(4096) for _ in range(3)]
    assert heard == [b"READY=1\nSTATUS=0 cameras", b"STOPPING=1", b"WATCHDOG=1"]


def test_the_service_manager_is_asked_for_more_time_while_a_start_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "MORE_S", 0.3)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "notify"))
        server.settimeout(5)
        manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "notify")})
        with manager.patience():
            assert [server.recv(4096) for _ in range(3)] == [b"EXTEND_TIMEOUT_USEC=300000"] * 3
        manager.stopping()
        assert any(server.recv(4096) == b"STOPPING=1" for _ in range(5))


def test_without_a_service_manager_nothing_is_said() -> None:
    ServiceManager({}).ready("x")
    assert ServiceManager({"WATCHDOG_USEC": "1"}).watchdog_s is None
    assert os.environ.get("NOTIFY_SOCKET") is None
