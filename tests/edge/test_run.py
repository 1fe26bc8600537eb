"""`watchpost-edge run` as a process: enrolled, over mTLS, with real video and real models; killed, stopped, alone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from fake_enrolment_hub import FakeEnrolmentHub
from models_there import needs_models
from real_broker import FakeHub, RealBroker
from throwaway_ca import ThrowawayCa
from waiting import until

from edge.alerts.outbox_view import view
from edge.wire.codec import decode, decode_json
from edge.wire.messages import Action, Answer, CameraDesired, CameraState, Command, Desired, Reported, Status
from edge.wire.topics import Kind

EDGE = str(Path(sys.executable).with_name("watchpost-edge"))
NAME = "front-door"

pytestmark = needs_models


class Site:
    """A hub's end, a broker with mTLS and one device's folder; processes end with the test."""

    def __init__(self, folder: Path, clip: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.camera = CameraDesired("7", "Door", f"file://{clip}")
        self.stack = stack
        self.ca = ThrowawayCa(folder / "ca")
        self.broker = RealBroker(folder, ca=self.ca)
        stack.callback(self.broker.kill)
        self.hub = FakeHub(self.broker, ca=self.ca)
        stack.callback(self.hub.stop)
        self.enrolment = FakeEnrolmentHub(self.ca, mqtt_url=self.broker.url)
        stack.callback(self.enrolment.stop)
        self.config = folder / "edge.toml"
        self.config.write_text(f'[device]\nname = "x"\nstate_dir = "state"\n[hub]\nurl = "{self.enrolment.url}"\n')

    def enroll(self) -> None:
        subprocess.run([EDGE, "enroll", "--config", str(self.config), "--token", "good"], check=True, timeout=60)

    def start(self, **environ: str) -> subprocess.Popen[str]:
        command = [EDGE, "run", "--config", str(self.config)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **environ})
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def reported(self) -> Reported | None:
        said = self.hub.of(Kind.REPORTED)
        return decode(Reported, said[-1]) if said else None

    def online(self) -> bool:
        reported = self.reported()
        return reported is not None and [c.state for c in reported.cameras] == [CameraState.ONLINE]


@pytest.fixture
def site(tmp_path: Path, media: Path) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(tmp_path, next((media / "clips").glob("door_visitor*")), stack)


def test_from_enrolment_to_visits_and_a_clean_stop(site: Site) -> None:
    site.enroll()
    site.hub.say(NAME, Desired(1, (site.camera,)))
    process = site.start()
    until(site.online, patience_s=60)
    until(lambda: any(visit.closed_at is not None for visit in site.hub.visits), patience_s=60)
    command = Command(uuid4(), Action.SNAPSHOT, camera="7")
    site.hub.say(NAME, command)
    until(lambda: len(site.hub.of(Kind.ANSWER)) == 1)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - began < 5
    until(lambda: not decode_json(Status, site.hub.of(Kind.STATUS)[-1]).online)
    assert decode(Answer, site.hub.of(Kind.ANSWER)[0]).picture.startswith(b"\xff\xd8")
    assert {visit.camera for visit in site.hub.visits} == {"7"}
    assert all(visit.picture.startswith(b"\xff\xd8") for visit in site.hub.visits)


def test_kill_9_is_noticed_and_the_next_run_closes_what_was_open(site: Site) -> None:
    site.enroll()
    site.hub.say(NAME, Desired(1, (site.camera,)))
    process = site.start()
    until(lambda: any(visit.closed_at is None for visit in site.hub.visits), patience_s=60)
    process.kill()
    until(lambda: not decode_json(Status, site.hub.of(Kind.STATUS)[-1]).online)
    site.hub.say(NAME, Desired(2))
    again = site.start()
    until(
        lambda: {v.visit_id for v in site.hub.visits} == {v.visit_id for v in site.hub.visits if v.closed_at},
        patience_s=60,
    )
    until(lambda: view(site.folder / "state" / "outbox.db").waiting == ())
    again.terminate()
    assert again.wait(10) == 0


def test_a_restart_command_starts_the_program_afresh(site: Site) -> None:
    site.enroll()
    process = site.start()
    until(lambda: len(site.hub.of(Kind.STATUS)) == 1, patience_s=60)
    site.hub.say(NAME, Command(uuid4(), Action.RESTART))
    until(lambda: len(site.hub.of(Kind.STATUS)) == 3, patience_s=60)
    assert [decode_json(Status, payload).online for payload in site.hub.of(Kind.STATUS)] == [True, False, True]
    assert process.poll() is None
    process.terminate()
    assert process.wait(10) == 0


def test_under_a_service_manager_a_restart_is_a_clean_end_with_the_answer_first(site: Site) -> None:
    site.enroll()
    address = site.folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        process = site.start(NOTIFY_SOCKET=str(address))
        until(lambda: len(site.hub.of(Kind.STATUS)) == 1, patience_s=60)
        command = Command(uuid4(), Action.RESTART)
        site.hub.say(NAME, command)
        assert process.wait(10) == 0
    until(lambda: len(site.hub.of(Kind.STATUS)) == 2)
    assert [decode(Answer, payload) for payload in site.hub.of(Kind.ANSWER)] == [Answer(command.command_id)]


def test_a_second_agent_on_the_same_state_is_one_clear_line(site: Site) -> None:
    site.enroll()
    site.start()
    until(lambda: len(site.hub.of(Kind.STATUS)) == 1, patience_s=60)
    second = site.start()
    assert second.wait(60) == 1
    assert second.stderr is not None
    assert second.stderr.read().splitlines()[-1].startswith("Error: another watchpost-edge is running with")


def test_before_enrolment_it_says_what_to_do(site: Site) -> None:
    process = site.start()
    assert process.wait(60) == 1
    assert process.stderr is not None
    assert "run `watchpost-edge enroll" in process.stderr.read().splitlines()[-1]


def test_alone_without_a_hub_visits_stay_in_the_outbox(site: Site) -> None:
    site.config.write_text(
        f'device = {{ name = "alone", state_dir = "state" }}\n'
        f'[[camera]]\nid = "door"\nsource_url = {json.dumps(site.camera.source_url)}\n'
    )
    process = site.start()
    path = site.folder / "state" / "outbox.db"
    until(lambda: any(visit.closed_at is not None for visit in view(path).waiting), patience_s=60)
    process.terminate()
    assert process.wait(10) == 0
    assert {visit.camera for visit in view(path).waiting} == {"door"}
